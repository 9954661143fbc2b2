//! Written by `cargo xtask gen` from botocore 1.43.11's service models: do not edit.

#![allow(unused_imports, reason = "not every service has every kind")]

use crate::call::{Model, Protocol, Service, Unit};
use crate::shape::{Kind, List, Map, Structure, Timestamp};
use bytes::Bytes;
use std::collections::BTreeMap;

/// What the model says of the whole service.
pub static MODEL: Model = Model {
    name: "ec2",
    protocol: Protocol::Ec2Query,
    version: "2016-11-15",
    namespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
    target: "",
    content_type: "text/xml;charset=UTF-8",
};

crate::operation!(AssociateIamInstanceProfile: AssociateIamInstanceProfileRequest => AssociateIamInstanceProfileResult, Service::Ec2, "POST" "/" 200, ["InstanceId", "IamInstanceProfile"]);

crate::operation!(AttachVolume: AttachVolumeRequest => VolumeAttachment, Service::Ec2, "POST" "/" 200, ["Device", "InstanceId", "VolumeId"]);

crate::operation!(AuthorizeSecurityGroupIngress: AuthorizeSecurityGroupIngressRequest => AuthorizeSecurityGroupIngressResult, Service::Ec2, "POST" "/" 200, ["GroupId", "GroupName", "IpPermissions.FromPort", "IpPermissions.ToPort", "IpPermissions.IpProtocol", "IpPermissions.IpRanges", "IpPermissions.UserIdGroupPairs.GroupId", "IpPermissions.UserIdGroupPairs.GroupName", "IpPermissions.UserIdGroupPairs.UserId", "IpPermissions.UserIdGroupPairs.Description", "CidrIp", "IpProtocol", "FromPort", "ToPort", "SourceSecurityGroupName", "TagSpecifications"]);

crate::operation!(CancelImageLaunchPermission: CancelImageLaunchPermissionRequest => CancelImageLaunchPermissionResult, Service::Ec2, "POST" "/" 200, ["ImageId"]);

crate::operation!(CopyImage: CopyImageRequest => CopyImageResult, Service::Ec2, "POST" "/" 200, ["Name", "SourceImageId", "SourceRegion", "Description", "ClientToken", "CopyImageTags", "TagSpecifications", "Encrypted", "KmsKeyId"]);

crate::operation!(CopySnapshot: CopySnapshotRequest => CopySnapshotResult, Service::Ec2, "POST" "/" 200, ["SourceSnapshotId", "SourceRegion", "DestinationRegion", "PresignedUrl", "Description", "TagSpecifications", "Encrypted", "KmsKeyId"]);

crate::operation!(CreateImage: CreateImageRequest => CreateImageResult, Service::Ec2, "POST" "/" 200, ["InstanceId", "Name", "Description", "NoReboot", "TagSpecifications", "BlockDeviceMappings.DeviceName", "BlockDeviceMappings.NoDevice", "BlockDeviceMappings.VirtualName", "BlockDeviceMappings.Ebs.SnapshotId", "BlockDeviceMappings.Ebs.VolumeSize", "BlockDeviceMappings.Ebs.VolumeType", "BlockDeviceMappings.Ebs.Iops", "BlockDeviceMappings.Ebs.Throughput", "BlockDeviceMappings.Ebs.DeleteOnTermination", "BlockDeviceMappings.Ebs.Encrypted"]);

crate::operation!(CreateKeyPair: CreateKeyPairRequest => KeyPair, Service::Ec2, "POST" "/" 200, ["KeyName", "KeyType", "KeyFormat", "TagSpecifications"]);

crate::operation!(CreateSecurityGroup: CreateSecurityGroupRequest => CreateSecurityGroupResult, Service::Ec2, "POST" "/" 200, ["GroupName", "Description", "VpcId", "TagSpecifications"]);

crate::operation!(CreateSnapshot: CreateSnapshotRequest => Snapshot, Service::Ec2, "POST" "/" 200, ["VolumeId", "Description", "TagSpecifications"]);

crate::operation!(CreateTags: CreateTagsRequest => Unit, Service::Ec2, "POST" "/" 200, ["Resources", "Tags"]);

crate::operation!(CreateVolume: CreateVolumeRequest => Volume, Service::Ec2, "POST" "/" 200, ["AvailabilityZone", "Size", "SnapshotId", "VolumeType", "Iops", "Throughput", "TagSpecifications", "ClientToken", "Encrypted", "KmsKeyId", "MultiAttachEnabled=false"]);

crate::operation!(DeleteKeyPair: DeleteKeyPairRequest => DeleteKeyPairResult, Service::Ec2, "POST" "/" 200, ["KeyName", "KeyPairId"]);

crate::operation!(DeleteSecurityGroup: DeleteSecurityGroupRequest => DeleteSecurityGroupResult, Service::Ec2, "POST" "/" 200, ["GroupId", "GroupName"]);

crate::operation!(DeleteSnapshot: DeleteSnapshotRequest => Unit, Service::Ec2, "POST" "/" 200, ["SnapshotId"]);

crate::operation!(DeleteTags: DeleteTagsRequest => Unit, Service::Ec2, "POST" "/" 200, ["Resources", "Tags"]);

crate::operation!(DeleteVolume: DeleteVolumeRequest => Unit, Service::Ec2, "POST" "/" 200, ["VolumeId"]);

crate::operation!(DeregisterImage: DeregisterImageRequest => DeregisterImageResult, Service::Ec2, "POST" "/" 200, ["ImageId", "DeleteAssociatedSnapshots"]);

crate::operation!(DescribeAccountAttributes: DescribeAccountAttributesRequest => DescribeAccountAttributesResult, Service::Ec2, "POST" "/" 200, ["AttributeNames"]);

crate::operation!(DescribeAvailabilityZones: DescribeAvailabilityZonesRequest => DescribeAvailabilityZonesResult, Service::Ec2, "POST" "/" 200, ["ZoneNames", "ZoneIds", "AllAvailabilityZones", "Filters"]);

crate::operation!(DescribeIamInstanceProfileAssociations: DescribeIamInstanceProfileAssociationsRequest => DescribeIamInstanceProfileAssociationsResult, Service::Ec2, "POST" "/" 200, ["AssociationIds", "Filters", "MaxResults", "NextToken"]);

crate::operation!(DescribeImageAttribute: DescribeImageAttributeRequest => ImageAttribute, Service::Ec2, "POST" "/" 200, ["ImageId", "Attribute"]);

crate::operation!(DescribeImages: DescribeImagesRequest => DescribeImagesResult, Service::Ec2, "POST" "/" 200, ["ImageIds", "Owners", "ExecutableUsers", "Filters", "IncludeDeprecated", "IncludeDisabled", "MaxResults", "NextToken"]);

crate::operation!(DescribeInstanceAttribute: DescribeInstanceAttributeRequest => InstanceAttribute, Service::Ec2, "POST" "/" 200, ["InstanceId", "Attribute"]);

crate::operation!(DescribeInstanceStatus: DescribeInstanceStatusRequest => DescribeInstanceStatusResult, Service::Ec2, "POST" "/" 200, ["InstanceIds", "Filters", "IncludeAllInstances", "MaxResults", "NextToken"]);

crate::operation!(DescribeInstanceTypeOfferings: DescribeInstanceTypeOfferingsRequest => DescribeInstanceTypeOfferingsResult, Service::Ec2, "POST" "/" 200, ["LocationType", "Filters", "MaxResults", "NextToken"]);

crate::operation!(DescribeInstanceTypes: DescribeInstanceTypesRequest => DescribeInstanceTypesResult, Service::Ec2, "POST" "/" 200, ["InstanceTypes", "Filters", "MaxResults", "NextToken"]);

crate::operation!(DescribeInstances: DescribeInstancesRequest => DescribeInstancesResult, Service::Ec2, "POST" "/" 200, ["InstanceIds", "Filters", "MaxResults", "NextToken"]);

crate::operation!(DescribeKeyPairs: DescribeKeyPairsRequest => DescribeKeyPairsResult, Service::Ec2, "POST" "/" 200, ["KeyNames", "KeyPairIds", "IncludePublicKey", "Filters"]);

crate::operation!(DescribeNetworkInterfaces: DescribeNetworkInterfacesRequest => DescribeNetworkInterfacesResult, Service::Ec2, "POST" "/" 200, ["NetworkInterfaceIds", "Filters", "MaxResults", "NextToken"]);

crate::operation!(DescribeRegions: DescribeRegionsRequest => DescribeRegionsResult, Service::Ec2, "POST" "/" 200, ["RegionNames", "AllRegions", "Filters"]);

crate::operation!(DescribeSecurityGroupRules: DescribeSecurityGroupRulesRequest => DescribeSecurityGroupRulesResult, Service::Ec2, "POST" "/" 200, ["SecurityGroupRuleIds", "Filters", "MaxResults", "NextToken"]);

crate::operation!(DescribeSecurityGroups: DescribeSecurityGroupsRequest => DescribeSecurityGroupsResult, Service::Ec2, "POST" "/" 200, ["GroupIds", "GroupNames", "Filters", "MaxResults", "NextToken"]);

crate::operation!(DescribeSnapshotAttribute: DescribeSnapshotAttributeRequest => DescribeSnapshotAttributeResult, Service::Ec2, "POST" "/" 200, ["SnapshotId", "Attribute"]);

crate::operation!(DescribeSnapshots: DescribeSnapshotsRequest => DescribeSnapshotsResult, Service::Ec2, "POST" "/" 200, ["SnapshotIds", "OwnerIds", "RestorableByUserIds", "Filters", "MaxResults", "NextToken"]);

crate::operation!(DescribeSubnets: DescribeSubnetsRequest => DescribeSubnetsResult, Service::Ec2, "POST" "/" 200, ["SubnetIds", "Filters", "MaxResults", "NextToken"]);

crate::operation!(DescribeTags: DescribeTagsRequest => DescribeTagsResult, Service::Ec2, "POST" "/" 200, ["Filters", "MaxResults", "NextToken"]);

crate::operation!(DescribeVolumeAttribute: DescribeVolumeAttributeRequest => DescribeVolumeAttributeResult, Service::Ec2, "POST" "/" 200, ["VolumeId", "Attribute"]);

crate::operation!(DescribeVolumes: DescribeVolumesRequest => DescribeVolumesResult, Service::Ec2, "POST" "/" 200, ["VolumeIds", "Filters", "MaxResults", "NextToken"]);

crate::operation!(DescribeVpcs: DescribeVpcsRequest => DescribeVpcsResult, Service::Ec2, "POST" "/" 200, ["VpcIds", "Filters", "MaxResults", "NextToken"]);

crate::operation!(DetachVolume: DetachVolumeRequest => VolumeAttachment, Service::Ec2, "POST" "/" 200, ["Device", "InstanceId", "VolumeId", "Force"]);

crate::operation!(DisableAllowedImagesSettings: DisableAllowedImagesSettingsRequest => DisableAllowedImagesSettingsResult, Service::Ec2, "POST" "/" 200, []);

crate::operation!(DisableEbsEncryptionByDefault: DisableEbsEncryptionByDefaultRequest => DisableEbsEncryptionByDefaultResult, Service::Ec2, "POST" "/" 200, []);

crate::operation!(DisableImageBlockPublicAccess: DisableImageBlockPublicAccessRequest => DisableImageBlockPublicAccessResult, Service::Ec2, "POST" "/" 200, []);

crate::operation!(DisableSnapshotBlockPublicAccess: DisableSnapshotBlockPublicAccessRequest => DisableSnapshotBlockPublicAccessResult, Service::Ec2, "POST" "/" 200, []);

crate::operation!(DisassociateIamInstanceProfile: DisassociateIamInstanceProfileRequest => DisassociateIamInstanceProfileResult, Service::Ec2, "POST" "/" 200, ["AssociationId"]);

crate::operation!(EnableAllowedImagesSettings: EnableAllowedImagesSettingsRequest => EnableAllowedImagesSettingsResult, Service::Ec2, "POST" "/" 200, ["AllowedImagesSettingsState"]);

crate::operation!(EnableEbsEncryptionByDefault: EnableEbsEncryptionByDefaultRequest => EnableEbsEncryptionByDefaultResult, Service::Ec2, "POST" "/" 200, []);

crate::operation!(EnableImageBlockPublicAccess: EnableImageBlockPublicAccessRequest => EnableImageBlockPublicAccessResult, Service::Ec2, "POST" "/" 200, ["ImageBlockPublicAccessState"]);

crate::operation!(EnableSnapshotBlockPublicAccess: EnableSnapshotBlockPublicAccessRequest => EnableSnapshotBlockPublicAccessResult, Service::Ec2, "POST" "/" 200, ["State"]);

crate::operation!(GetAllowedImagesSettings: GetAllowedImagesSettingsRequest => GetAllowedImagesSettingsResult, Service::Ec2, "POST" "/" 200, []);

crate::operation!(GetConsoleOutput: GetConsoleOutputRequest => GetConsoleOutputResult, Service::Ec2, "POST" "/" 200, ["InstanceId", "Latest"]);

crate::operation!(GetConsoleScreenshot: GetConsoleScreenshotRequest => GetConsoleScreenshotResult, Service::Ec2, "POST" "/" 200, ["InstanceId", "WakeUp"]);

crate::operation!(GetEbsDefaultKmsKeyId: GetEbsDefaultKmsKeyIdRequest => GetEbsDefaultKmsKeyIdResult, Service::Ec2, "POST" "/" 200, []);

crate::operation!(GetEbsEncryptionByDefault: GetEbsEncryptionByDefaultRequest => GetEbsEncryptionByDefaultResult, Service::Ec2, "POST" "/" 200, []);

crate::operation!(GetImageBlockPublicAccessState: GetImageBlockPublicAccessStateRequest => GetImageBlockPublicAccessStateResult, Service::Ec2, "POST" "/" 200, []);

crate::operation!(GetSnapshotBlockPublicAccessState: GetSnapshotBlockPublicAccessStateRequest => GetSnapshotBlockPublicAccessStateResult, Service::Ec2, "POST" "/" 200, []);

crate::operation!(ImportKeyPair: ImportKeyPairRequest => ImportKeyPairResult, Service::Ec2, "POST" "/" 200, ["KeyName", "PublicKeyMaterial", "TagSpecifications"]);

crate::operation!(ModifyEbsDefaultKmsKeyId: ModifyEbsDefaultKmsKeyIdRequest => ModifyEbsDefaultKmsKeyIdResult, Service::Ec2, "POST" "/" 200, ["KmsKeyId"]);

crate::operation!(ModifyImageAttribute: ModifyImageAttributeRequest => Unit, Service::Ec2, "POST" "/" 200, ["ImageId", "Attribute", "OperationType", "Value", "UserIds", "UserGroups", "OrganizationArns", "OrganizationalUnitArns", "Description", "LaunchPermission", "ImdsSupport", "ProductCodes"]);

crate::operation!(ModifyInstanceAttribute: ModifyInstanceAttributeRequest => Unit, Service::Ec2, "POST" "/" 200, ["InstanceId", "Attribute", "Value", "InstanceType", "UserData", "DisableApiTermination", "DisableApiStop", "InstanceInitiatedShutdownBehavior", "BlockDeviceMappings.DeviceName", "BlockDeviceMappings.Ebs.DeleteOnTermination", "BlockDeviceMappings.Ebs.VolumeId", "Groups", "SourceDestCheck", "EbsOptimized", "EnaSupport", "SriovNetSupport"]);

crate::operation!(ModifyInstanceMetadataOptions: ModifyInstanceMetadataOptionsRequest => ModifyInstanceMetadataOptionsResult, Service::Ec2, "POST" "/" 200, ["InstanceId", "HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "InstanceMetadataTags"]);

crate::operation!(ModifySnapshotAttribute: ModifySnapshotAttributeRequest => Unit, Service::Ec2, "POST" "/" 200, ["SnapshotId", "Attribute", "OperationType", "UserIds", "GroupNames", "CreateVolumePermission"]);

crate::operation!(RebootInstances: RebootInstancesRequest => Unit, Service::Ec2, "POST" "/" 200, ["InstanceIds"]);

crate::operation!(RegisterImage: RegisterImageRequest => RegisterImageResult, Service::Ec2, "POST" "/" 200, ["Name", "Description", "Architecture", "VirtualizationType", "BootMode", "EnaSupport", "SriovNetSupport", "ImdsSupport", "TpmSupport", "RootDeviceName", "BlockDeviceMappings.DeviceName", "BlockDeviceMappings.NoDevice", "BlockDeviceMappings.VirtualName", "BlockDeviceMappings.Ebs.SnapshotId", "BlockDeviceMappings.Ebs.VolumeSize", "BlockDeviceMappings.Ebs.VolumeType", "BlockDeviceMappings.Ebs.Iops", "BlockDeviceMappings.Ebs.Throughput", "BlockDeviceMappings.Ebs.DeleteOnTermination", "BlockDeviceMappings.Ebs.Encrypted", "TagSpecifications", "BillingProducts"]);

crate::operation!(ReplaceIamInstanceProfileAssociation: ReplaceIamInstanceProfileAssociationRequest => ReplaceIamInstanceProfileAssociationResult, Service::Ec2, "POST" "/" 200, ["AssociationId", "IamInstanceProfile"]);

crate::operation!(ReplaceImageCriteriaInAllowedImagesSettings: ReplaceImageCriteriaInAllowedImagesSettingsRequest => ReplaceImageCriteriaInAllowedImagesSettingsResult, Service::Ec2, "POST" "/" 200, ["ImageCriteria"]);

crate::operation!(ResetEbsDefaultKmsKeyId: ResetEbsDefaultKmsKeyIdRequest => ResetEbsDefaultKmsKeyIdResult, Service::Ec2, "POST" "/" 200, []);

crate::operation!(ResetImageAttribute: ResetImageAttributeRequest => Unit, Service::Ec2, "POST" "/" 200, ["ImageId", "Attribute"]);

crate::operation!(ResetSnapshotAttribute: ResetSnapshotAttributeRequest => Unit, Service::Ec2, "POST" "/" 200, ["SnapshotId", "Attribute"]);

crate::operation!(RevokeSecurityGroupIngress: RevokeSecurityGroupIngressRequest => RevokeSecurityGroupIngressResult, Service::Ec2, "POST" "/" 200, ["GroupId", "GroupName", "SecurityGroupRuleIds", "IpPermissions.FromPort", "IpPermissions.ToPort", "IpPermissions.IpProtocol", "IpPermissions.IpRanges", "IpPermissions.UserIdGroupPairs.GroupId", "IpPermissions.UserIdGroupPairs.GroupName", "IpPermissions.UserIdGroupPairs.UserId", "IpPermissions.UserIdGroupPairs.Description", "CidrIp", "IpProtocol", "FromPort", "ToPort", "SourceSecurityGroupName"]);

crate::operation!(RunInstances: RunInstancesRequest => Reservation, Service::Ec2, "POST" "/" 200, ["ImageId", "InstanceType", "MinCount", "MaxCount", "KeyName", "SecurityGroupIds", "SecurityGroups", "SubnetId", "UserData", "TagSpecifications", "ClientToken", "InstanceInitiatedShutdownBehavior", "DisableApiTermination", "EbsOptimized", "PrivateIpAddress", "IamInstanceProfile", "Placement.AvailabilityZone", "Monitoring.Enabled", "MetadataOptions.HttpTokens", "MetadataOptions.HttpPutResponseHopLimit", "MetadataOptions.HttpEndpoint", "MetadataOptions.InstanceMetadataTags", "BlockDeviceMappings.DeviceName", "BlockDeviceMappings.NoDevice", "BlockDeviceMappings.VirtualName", "BlockDeviceMappings.Ebs.SnapshotId", "BlockDeviceMappings.Ebs.VolumeSize", "BlockDeviceMappings.Ebs.VolumeType", "BlockDeviceMappings.Ebs.Iops", "BlockDeviceMappings.Ebs.Throughput", "BlockDeviceMappings.Ebs.DeleteOnTermination", "NetworkInterfaces.DeviceIndex", "NetworkInterfaces.SubnetId", "NetworkInterfaces.Groups", "NetworkInterfaces.AssociatePublicIpAddress", "NetworkInterfaces.DeleteOnTermination", "NetworkInterfaces.Description", "NetworkInterfaces.PrivateIpAddress", "BlockDeviceMappings.Ebs.Encrypted", "BlockDeviceMappings.Ebs.KmsKeyId", "DisableApiStop=false", "HibernationOptions.Configured=false", "EnclaveOptions.Enabled=false"]);

crate::operation!(StartInstances: StartInstancesRequest => StartInstancesResult, Service::Ec2, "POST" "/" 200, ["InstanceIds"]);

crate::operation!(StopInstances: StopInstancesRequest => StopInstancesResult, Service::Ec2, "POST" "/" 200, ["InstanceIds", "Force", "SkipOsShutdown"]);

crate::operation!(TerminateInstances: TerminateInstancesRequest => TerminateInstancesResult, Service::Ec2, "POST" "/" 200, ["InstanceIds", "Force", "SkipOsShutdown"]);

crate::structure!(AccountAttribute {
    attribute_name: Option<String> = ("AttributeName", "AttributeName", "attributeName", Body, false, false, Kind::String);
    attribute_values: Vec<AccountAttributeValue> = ("AttributeValues", "AttributeValueSet", "attributeValueSet", Body, false, false, Kind::List(&List { item: Kind::Structure(AccountAttributeValue::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(AccountAttributeValue {
    attribute_value: Option<String> = ("AttributeValue", "AttributeValue", "attributeValue", Body, false, false, Kind::String);
});

crate::structure!(AssociateIamInstanceProfileRequest {
    iam_instance_profile: Option<IamInstanceProfileSpecification> = ("IamInstanceProfile", "IamInstanceProfile", "IamInstanceProfile", Body, true, false, Kind::Structure(IamInstanceProfileSpecification::shape));
    instance_id: Option<String> = ("InstanceId", "InstanceId", "InstanceId", Body, true, false, Kind::String);
});

crate::structure!(AssociateIamInstanceProfileResult {
    iam_instance_profile_association: Option<IamInstanceProfileAssociation> = ("IamInstanceProfileAssociation", "IamInstanceProfileAssociation", "iamInstanceProfileAssociation", Body, false, false, Kind::Structure(IamInstanceProfileAssociation::shape));
});

crate::structure!(AttachVolumeRequest {
    device: Option<String> = ("Device", "Device", "Device", Body, true, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    ebs_card_index: Option<i32> = ("EbsCardIndex", "EbsCardIndex", "EbsCardIndex", Body, false, false, Kind::Integer);
    instance_id: Option<String> = ("InstanceId", "InstanceId", "InstanceId", Body, true, false, Kind::String);
    volume_id: Option<String> = ("VolumeId", "VolumeId", "VolumeId", Body, true, false, Kind::String);
});

crate::structure!(AttachmentEnaSrdSpecification {
    ena_srd_enabled: Option<bool> = ("EnaSrdEnabled", "EnaSrdEnabled", "enaSrdEnabled", Body, false, false, Kind::Boolean);
    ena_srd_udp_specification: Option<AttachmentEnaSrdUdpSpecification> = ("EnaSrdUdpSpecification", "EnaSrdUdpSpecification", "enaSrdUdpSpecification", Body, false, false, Kind::Structure(AttachmentEnaSrdUdpSpecification::shape));
});

crate::structure!(AttachmentEnaSrdUdpSpecification {
    ena_srd_udp_enabled: Option<bool> = ("EnaSrdUdpEnabled", "EnaSrdUdpEnabled", "enaSrdUdpEnabled", Body, false, false, Kind::Boolean);
});

crate::structure!(AttributeBooleanValue {
    value: Option<bool> = ("Value", "Value", "value", Body, false, false, Kind::Boolean);
});

crate::structure!(AttributeValue {
    value: Option<String> = ("Value", "Value", "value", Body, false, false, Kind::String);
});

crate::structure!(AuthorizeSecurityGroupIngressRequest {
    cidr_ip: Option<String> = ("CidrIp", "CidrIp", "CidrIp", Body, false, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    from_port: Option<i32> = ("FromPort", "FromPort", "FromPort", Body, false, false, Kind::Integer);
    group_id: Option<String> = ("GroupId", "GroupId", "GroupId", Body, false, false, Kind::String);
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, false, false, Kind::String);
    ip_permissions: Vec<IpPermission> = ("IpPermissions", "IpPermissions", "IpPermissions", Body, false, false, Kind::List(&List { item: Kind::Structure(IpPermission::shape), name: "item", flat: false, quiet: false }));
    ip_protocol: Option<String> = ("IpProtocol", "IpProtocol", "IpProtocol", Body, false, false, Kind::String);
    source_security_group_name: Option<String> = ("SourceSecurityGroupName", "SourceSecurityGroupName", "SourceSecurityGroupName", Body, false, false, Kind::String);
    source_security_group_owner_id: Option<String> = ("SourceSecurityGroupOwnerId", "SourceSecurityGroupOwnerId", "SourceSecurityGroupOwnerId", Body, false, false, Kind::String);
    tag_specifications: Vec<TagSpecification> = ("TagSpecifications", "TagSpecification", "TagSpecification", Body, false, false, Kind::List(&List { item: Kind::Structure(TagSpecification::shape), name: "item", flat: false, quiet: false }));
    to_port: Option<i32> = ("ToPort", "ToPort", "ToPort", Body, false, false, Kind::Integer);
});

crate::structure!(AuthorizeSecurityGroupIngressResult {
    r#return: Option<bool> = ("Return", "Return", "return", Body, false, false, Kind::Boolean);
    security_group_rules: Vec<SecurityGroupRule> = ("SecurityGroupRules", "SecurityGroupRuleSet", "securityGroupRuleSet", Body, false, false, Kind::List(&List { item: Kind::Structure(SecurityGroupRule::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(AvailabilityZone {
    geography: Vec<AvailabilityZoneGeography> = ("Geography", "GeographySet", "geographySet", Body, false, false, Kind::List(&List { item: Kind::Structure(AvailabilityZoneGeography::shape), name: "item", flat: false, quiet: false }));
    group_long_name: Option<String> = ("GroupLongName", "GroupLongName", "groupLongName", Body, false, false, Kind::String);
    group_name: Option<String> = ("GroupName", "GroupName", "groupName", Body, false, false, Kind::String);
    messages: Vec<AvailabilityZoneMessage> = ("Messages", "MessageSet", "messageSet", Body, false, false, Kind::List(&List { item: Kind::Structure(AvailabilityZoneMessage::shape), name: "item", flat: false, quiet: false }));
    network_border_group: Option<String> = ("NetworkBorderGroup", "NetworkBorderGroup", "networkBorderGroup", Body, false, false, Kind::String);
    opt_in_status: Option<String> = ("OptInStatus", "OptInStatus", "optInStatus", Body, false, false, Kind::String);
    parent_zone_id: Option<String> = ("ParentZoneId", "ParentZoneId", "parentZoneId", Body, false, false, Kind::String);
    parent_zone_name: Option<String> = ("ParentZoneName", "ParentZoneName", "parentZoneName", Body, false, false, Kind::String);
    region_name: Option<String> = ("RegionName", "RegionName", "regionName", Body, false, false, Kind::String);
    state: Option<String> = ("State", "ZoneState", "zoneState", Body, false, false, Kind::String);
    sub_geography: Vec<AvailabilityZoneSubGeography> = ("SubGeography", "SubGeographySet", "subGeographySet", Body, false, false, Kind::List(&List { item: Kind::Structure(AvailabilityZoneSubGeography::shape), name: "item", flat: false, quiet: false }));
    zone_id: Option<String> = ("ZoneId", "ZoneId", "zoneId", Body, false, false, Kind::String);
    zone_name: Option<String> = ("ZoneName", "ZoneName", "zoneName", Body, false, false, Kind::String);
    zone_type: Option<String> = ("ZoneType", "ZoneType", "zoneType", Body, false, false, Kind::String);
});

crate::structure!(AvailabilityZoneGeography {
    name: Option<String> = ("Name", "Name", "name", Body, false, false, Kind::String);
});

crate::structure!(AvailabilityZoneMessage {
    message: Option<String> = ("Message", "Message", "message", Body, false, false, Kind::String);
});

crate::structure!(AvailabilityZoneSubGeography {
    name: Option<String> = ("Name", "Name", "name", Body, false, false, Kind::String);
});

crate::structure!(BlobAttributeValue {
    value: Option<Bytes> = ("Value", "Value", "value", Body, false, false, Kind::Blob);
});

crate::structure!(BlockDeviceMapping {
    device_name: Option<String> = ("DeviceName", "DeviceName", "deviceName", Body, false, false, Kind::String);
    ebs: Option<EbsBlockDevice> = ("Ebs", "Ebs", "ebs", Body, false, false, Kind::Structure(EbsBlockDevice::shape));
    no_device: Option<String> = ("NoDevice", "NoDevice", "noDevice", Body, false, false, Kind::String);
    virtual_name: Option<String> = ("VirtualName", "VirtualName", "virtualName", Body, false, false, Kind::String);
});

crate::structure!(BlockPublicAccessStates {
    internet_gateway_block_mode: Option<String> = ("InternetGatewayBlockMode", "InternetGatewayBlockMode", "internetGatewayBlockMode", Body, false, false, Kind::String);
});

crate::structure!(CancelImageLaunchPermissionRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    image_id: Option<String> = ("ImageId", "ImageId", "ImageId", Body, true, false, Kind::String);
});

crate::structure!(CancelImageLaunchPermissionResult {
    r#return: Option<bool> = ("Return", "Return", "return", Body, false, false, Kind::Boolean);
});

crate::structure!(CapacityReservationSpecification {
    capacity_reservation_preference: Option<String> = ("CapacityReservationPreference", "CapacityReservationPreference", "CapacityReservationPreference", Body, false, false, Kind::String);
    capacity_reservation_target: Option<CapacityReservationTarget> = ("CapacityReservationTarget", "CapacityReservationTarget", "CapacityReservationTarget", Body, false, false, Kind::Structure(CapacityReservationTarget::shape));
});

crate::structure!(CapacityReservationSpecificationResponse {
    capacity_reservation_preference: Option<String> = ("CapacityReservationPreference", "CapacityReservationPreference", "capacityReservationPreference", Body, false, false, Kind::String);
    capacity_reservation_target: Option<CapacityReservationTargetResponse> = ("CapacityReservationTarget", "CapacityReservationTarget", "capacityReservationTarget", Body, false, false, Kind::Structure(CapacityReservationTargetResponse::shape));
});

crate::structure!(CapacityReservationTarget {
    capacity_reservation_id: Option<String> = ("CapacityReservationId", "CapacityReservationId", "CapacityReservationId", Body, false, false, Kind::String);
    capacity_reservation_resource_group_arn: Option<String> = ("CapacityReservationResourceGroupArn", "CapacityReservationResourceGroupArn", "CapacityReservationResourceGroupArn", Body, false, false, Kind::String);
});

crate::structure!(CapacityReservationTargetResponse {
    capacity_reservation_id: Option<String> = ("CapacityReservationId", "CapacityReservationId", "capacityReservationId", Body, false, false, Kind::String);
    capacity_reservation_resource_group_arn: Option<String> = ("CapacityReservationResourceGroupArn", "CapacityReservationResourceGroupArn", "capacityReservationResourceGroupArn", Body, false, false, Kind::String);
});

crate::structure!(ConnectionTrackingConfiguration {
    tcp_established_timeout: Option<i32> = ("TcpEstablishedTimeout", "TcpEstablishedTimeout", "tcpEstablishedTimeout", Body, false, false, Kind::Integer);
    udp_stream_timeout: Option<i32> = ("UdpStreamTimeout", "UdpStreamTimeout", "udpStreamTimeout", Body, false, false, Kind::Integer);
    udp_timeout: Option<i32> = ("UdpTimeout", "UdpTimeout", "udpTimeout", Body, false, false, Kind::Integer);
});

crate::structure!(ConnectionTrackingSpecificationRequest {
    tcp_established_timeout: Option<i32> = ("TcpEstablishedTimeout", "TcpEstablishedTimeout", "TcpEstablishedTimeout", Body, false, false, Kind::Integer);
    udp_stream_timeout: Option<i32> = ("UdpStreamTimeout", "UdpStreamTimeout", "UdpStreamTimeout", Body, false, false, Kind::Integer);
    udp_timeout: Option<i32> = ("UdpTimeout", "UdpTimeout", "UdpTimeout", Body, false, false, Kind::Integer);
});

crate::structure!(ConnectionTrackingSpecificationResponse {
    tcp_established_timeout: Option<i32> = ("TcpEstablishedTimeout", "TcpEstablishedTimeout", "tcpEstablishedTimeout", Body, false, false, Kind::Integer);
    udp_stream_timeout: Option<i32> = ("UdpStreamTimeout", "UdpStreamTimeout", "udpStreamTimeout", Body, false, false, Kind::Integer);
    udp_timeout: Option<i32> = ("UdpTimeout", "UdpTimeout", "udpTimeout", Body, false, false, Kind::Integer);
});

crate::structure!(CopyImageRequest {
    client_token: Option<String> = ("ClientToken", "ClientToken", "ClientToken", Body, false, false, Kind::String);
    copy_image_tags: Option<bool> = ("CopyImageTags", "CopyImageTags", "CopyImageTags", Body, false, false, Kind::Boolean);
    description: Option<String> = ("Description", "Description", "Description", Body, false, false, Kind::String);
    destination_availability_zone: Option<String> = ("DestinationAvailabilityZone", "DestinationAvailabilityZone", "DestinationAvailabilityZone", Body, false, false, Kind::String);
    destination_availability_zone_id: Option<String> = ("DestinationAvailabilityZoneId", "DestinationAvailabilityZoneId", "DestinationAvailabilityZoneId", Body, false, false, Kind::String);
    destination_outpost_arn: Option<String> = ("DestinationOutpostArn", "DestinationOutpostArn", "DestinationOutpostArn", Body, false, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    encrypted: Option<bool> = ("Encrypted", "Encrypted", "encrypted", Body, false, false, Kind::Boolean);
    kms_key_id: Option<String> = ("KmsKeyId", "KmsKeyId", "kmsKeyId", Body, false, false, Kind::String);
    name: Option<String> = ("Name", "Name", "Name", Body, true, false, Kind::String);
    snapshot_copy_completion_duration_minutes: Option<i64> = ("SnapshotCopyCompletionDurationMinutes", "SnapshotCopyCompletionDurationMinutes", "SnapshotCopyCompletionDurationMinutes", Body, false, false, Kind::Long);
    source_image_id: Option<String> = ("SourceImageId", "SourceImageId", "SourceImageId", Body, true, false, Kind::String);
    source_region: Option<String> = ("SourceRegion", "SourceRegion", "SourceRegion", Body, true, false, Kind::String);
    tag_specifications: Vec<TagSpecification> = ("TagSpecifications", "TagSpecification", "TagSpecification", Body, false, false, Kind::List(&List { item: Kind::Structure(TagSpecification::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(CopyImageResult {
    image_id: Option<String> = ("ImageId", "ImageId", "imageId", Body, false, false, Kind::String);
});

crate::structure!(CopySnapshotRequest {
    completion_duration_minutes: Option<i32> = ("CompletionDurationMinutes", "CompletionDurationMinutes", "CompletionDurationMinutes", Body, false, false, Kind::Integer);
    description: Option<String> = ("Description", "Description", "Description", Body, false, false, Kind::String);
    destination_availability_zone: Option<String> = ("DestinationAvailabilityZone", "DestinationAvailabilityZone", "DestinationAvailabilityZone", Body, false, false, Kind::String);
    destination_outpost_arn: Option<String> = ("DestinationOutpostArn", "DestinationOutpostArn", "DestinationOutpostArn", Body, false, false, Kind::String);
    destination_region: Option<String> = ("DestinationRegion", "DestinationRegion", "destinationRegion", Body, false, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    encrypted: Option<bool> = ("Encrypted", "Encrypted", "encrypted", Body, false, false, Kind::Boolean);
    kms_key_id: Option<String> = ("KmsKeyId", "KmsKeyId", "kmsKeyId", Body, false, false, Kind::String);
    presigned_url: Option<String> = ("PresignedUrl", "PresignedUrl", "presignedUrl", Body, false, true, Kind::String);
    source_region: Option<String> = ("SourceRegion", "SourceRegion", "SourceRegion", Body, true, false, Kind::String);
    source_snapshot_id: Option<String> = ("SourceSnapshotId", "SourceSnapshotId", "SourceSnapshotId", Body, true, false, Kind::String);
    tag_specifications: Vec<TagSpecification> = ("TagSpecifications", "TagSpecification", "TagSpecification", Body, false, false, Kind::List(&List { item: Kind::Structure(TagSpecification::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(CopySnapshotResult {
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "snapshotId", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(CpuOptions {
    amd_sev_snp: Option<String> = ("AmdSevSnp", "AmdSevSnp", "amdSevSnp", Body, false, false, Kind::String);
    core_count: Option<i32> = ("CoreCount", "CoreCount", "coreCount", Body, false, false, Kind::Integer);
    nested_virtualization: Option<String> = ("NestedVirtualization", "NestedVirtualization", "nestedVirtualization", Body, false, false, Kind::String);
    threads_per_core: Option<i32> = ("ThreadsPerCore", "ThreadsPerCore", "threadsPerCore", Body, false, false, Kind::Integer);
});

crate::structure!(CpuOptionsRequest {
    amd_sev_snp: Option<String> = ("AmdSevSnp", "AmdSevSnp", "AmdSevSnp", Body, false, false, Kind::String);
    core_count: Option<i32> = ("CoreCount", "CoreCount", "CoreCount", Body, false, false, Kind::Integer);
    nested_virtualization: Option<String> = ("NestedVirtualization", "NestedVirtualization", "NestedVirtualization", Body, false, false, Kind::String);
    threads_per_core: Option<i32> = ("ThreadsPerCore", "ThreadsPerCore", "ThreadsPerCore", Body, false, false, Kind::Integer);
});

crate::structure!(CreateImageRequest {
    block_device_mappings: Vec<BlockDeviceMapping> = ("BlockDeviceMappings", "BlockDeviceMapping", "blockDeviceMapping", Body, false, false, Kind::List(&List { item: Kind::Structure(BlockDeviceMapping::shape), name: "BlockDeviceMapping", flat: false, quiet: false }));
    description: Option<String> = ("Description", "Description", "description", Body, false, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    instance_id: Option<String> = ("InstanceId", "InstanceId", "instanceId", Body, true, false, Kind::String);
    name: Option<String> = ("Name", "Name", "name", Body, true, false, Kind::String);
    no_reboot: Option<bool> = ("NoReboot", "NoReboot", "noReboot", Body, false, false, Kind::Boolean);
    snapshot_location: Option<String> = ("SnapshotLocation", "SnapshotLocation", "SnapshotLocation", Body, false, false, Kind::String);
    tag_specifications: Vec<TagSpecification> = ("TagSpecifications", "TagSpecification", "TagSpecification", Body, false, false, Kind::List(&List { item: Kind::Structure(TagSpecification::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(CreateImageResult {
    image_id: Option<String> = ("ImageId", "ImageId", "imageId", Body, false, false, Kind::String);
});

crate::structure!(CreateKeyPairRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    key_format: Option<String> = ("KeyFormat", "KeyFormat", "KeyFormat", Body, false, false, Kind::String);
    key_name: Option<String> = ("KeyName", "KeyName", "KeyName", Body, true, false, Kind::String);
    key_type: Option<String> = ("KeyType", "KeyType", "KeyType", Body, false, false, Kind::String);
    tag_specifications: Vec<TagSpecification> = ("TagSpecifications", "TagSpecification", "TagSpecification", Body, false, false, Kind::List(&List { item: Kind::Structure(TagSpecification::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(CreateSecurityGroupRequest {
    description: Option<String> = ("Description", "GroupDescription", "GroupDescription", Body, true, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    tag_specifications: Vec<TagSpecification> = ("TagSpecifications", "TagSpecification", "TagSpecification", Body, false, false, Kind::List(&List { item: Kind::Structure(TagSpecification::shape), name: "item", flat: false, quiet: false }));
    vpc_id: Option<String> = ("VpcId", "VpcId", "VpcId", Body, false, false, Kind::String);
});

crate::structure!(CreateSecurityGroupResult {
    group_id: Option<String> = ("GroupId", "GroupId", "groupId", Body, false, false, Kind::String);
    security_group_arn: Option<String> = ("SecurityGroupArn", "SecurityGroupArn", "securityGroupArn", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: true }));
});

crate::structure!(CreateSnapshotRequest {
    description: Option<String> = ("Description", "Description", "Description", Body, false, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    location: Option<String> = ("Location", "Location", "Location", Body, false, false, Kind::String);
    outpost_arn: Option<String> = ("OutpostArn", "OutpostArn", "OutpostArn", Body, false, false, Kind::String);
    tag_specifications: Vec<TagSpecification> = ("TagSpecifications", "TagSpecification", "TagSpecification", Body, false, false, Kind::List(&List { item: Kind::Structure(TagSpecification::shape), name: "item", flat: false, quiet: false }));
    volume_id: Option<String> = ("VolumeId", "VolumeId", "VolumeId", Body, true, false, Kind::String);
});

crate::structure!(CreateTagsRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    resources: Vec<String> = ("Resources", "ResourceId", "ResourceId", Body, true, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    tags: Vec<Tag> = ("Tags", "Tag", "Tag", Body, true, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(CreateVolumePermission {
    group: Option<String> = ("Group", "Group", "group", Body, false, false, Kind::String);
    user_id: Option<String> = ("UserId", "UserId", "userId", Body, false, false, Kind::String);
});

crate::structure!(CreateVolumePermissionModifications {
    add: Vec<CreateVolumePermission> = ("Add", "Add", "Add", Body, false, false, Kind::List(&List { item: Kind::Structure(CreateVolumePermission::shape), name: "item", flat: false, quiet: false }));
    remove: Vec<CreateVolumePermission> = ("Remove", "Remove", "Remove", Body, false, false, Kind::List(&List { item: Kind::Structure(CreateVolumePermission::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(CreateVolumeRequest {
    availability_zone: Option<String> = ("AvailabilityZone", "AvailabilityZone", "AvailabilityZone", Body, false, false, Kind::String);
    availability_zone_id: Option<String> = ("AvailabilityZoneId", "AvailabilityZoneId", "AvailabilityZoneId", Body, false, false, Kind::String);
    client_token: Option<String> = ("ClientToken", "ClientToken", "ClientToken", Body, false, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    encrypted: Option<bool> = ("Encrypted", "Encrypted", "encrypted", Body, false, false, Kind::Boolean);
    iops: Option<i32> = ("Iops", "Iops", "Iops", Body, false, false, Kind::Integer);
    kms_key_id: Option<String> = ("KmsKeyId", "KmsKeyId", "KmsKeyId", Body, false, false, Kind::String);
    multi_attach_enabled: Option<bool> = ("MultiAttachEnabled", "MultiAttachEnabled", "MultiAttachEnabled", Body, false, false, Kind::Boolean);
    operator: Option<OperatorRequest> = ("Operator", "Operator", "Operator", Body, false, false, Kind::Structure(OperatorRequest::shape));
    outpost_arn: Option<String> = ("OutpostArn", "OutpostArn", "OutpostArn", Body, false, false, Kind::String);
    size: Option<i32> = ("Size", "Size", "Size", Body, false, false, Kind::Integer);
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "SnapshotId", Body, false, false, Kind::String);
    tag_specifications: Vec<TagSpecification> = ("TagSpecifications", "TagSpecification", "TagSpecification", Body, false, false, Kind::List(&List { item: Kind::Structure(TagSpecification::shape), name: "item", flat: false, quiet: false }));
    throughput: Option<i32> = ("Throughput", "Throughput", "Throughput", Body, false, false, Kind::Integer);
    volume_initialization_rate: Option<i32> = ("VolumeInitializationRate", "VolumeInitializationRate", "VolumeInitializationRate", Body, false, false, Kind::Integer);
    volume_type: Option<String> = ("VolumeType", "VolumeType", "VolumeType", Body, false, false, Kind::String);
});

crate::structure!(CreationDateCondition {
    maximum_days_since_created: Option<i32> = ("MaximumDaysSinceCreated", "MaximumDaysSinceCreated", "maximumDaysSinceCreated", Body, false, false, Kind::Integer);
});

crate::structure!(CreationDateConditionRequest {
    maximum_days_since_created: Option<i32> = ("MaximumDaysSinceCreated", "MaximumDaysSinceCreated", "MaximumDaysSinceCreated", Body, false, false, Kind::Integer);
});

crate::structure!(CreditSpecificationRequest {
    cpu_credits: Option<String> = ("CpuCredits", "CpuCredits", "CpuCredits", Body, true, false, Kind::String);
});

crate::structure!(DefaultConnectionTrackingConfiguration {
    default_tcp_established_timeout: Option<i32> = ("DefaultTcpEstablishedTimeout", "DefaultTcpEstablishedTimeout", "defaultTcpEstablishedTimeout", Body, false, false, Kind::Integer);
    default_udp_stream_timeout: Option<i32> = ("DefaultUdpStreamTimeout", "DefaultUdpStreamTimeout", "defaultUdpStreamTimeout", Body, false, false, Kind::Integer);
    default_udp_timeout: Option<i32> = ("DefaultUdpTimeout", "DefaultUdpTimeout", "defaultUdpTimeout", Body, false, false, Kind::Integer);
});

crate::structure!(DeleteKeyPairRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    key_name: Option<String> = ("KeyName", "KeyName", "KeyName", Body, false, false, Kind::String);
    key_pair_id: Option<String> = ("KeyPairId", "KeyPairId", "KeyPairId", Body, false, false, Kind::String);
});

crate::structure!(DeleteKeyPairResult {
    key_pair_id: Option<String> = ("KeyPairId", "KeyPairId", "keyPairId", Body, false, false, Kind::String);
    r#return: Option<bool> = ("Return", "Return", "return", Body, false, false, Kind::Boolean);
});

crate::structure!(DeleteSecurityGroupRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    group_id: Option<String> = ("GroupId", "GroupId", "GroupId", Body, false, false, Kind::String);
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, false, false, Kind::String);
});

crate::structure!(DeleteSecurityGroupResult {
    group_id: Option<String> = ("GroupId", "GroupId", "groupId", Body, false, false, Kind::String);
    r#return: Option<bool> = ("Return", "Return", "return", Body, false, false, Kind::Boolean);
});

crate::structure!(DeleteSnapshotRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "SnapshotId", Body, true, false, Kind::String);
});

crate::structure!(DeleteSnapshotReturnCode {
    return_code: Option<String> = ("ReturnCode", "ReturnCode", "returnCode", Body, false, false, Kind::String);
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "snapshotId", Body, false, false, Kind::String);
});

crate::structure!(DeleteTagsRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    resources: Vec<String> = ("Resources", "ResourceId", "resourceId", Body, true, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    tags: Vec<Tag> = ("Tags", "Tag", "tag", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(DeleteVolumeRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    volume_id: Option<String> = ("VolumeId", "VolumeId", "VolumeId", Body, true, false, Kind::String);
});

crate::structure!(DeprecationTimeCondition {
    maximum_days_since_deprecated: Option<i32> = ("MaximumDaysSinceDeprecated", "MaximumDaysSinceDeprecated", "maximumDaysSinceDeprecated", Body, false, false, Kind::Integer);
});

crate::structure!(DeprecationTimeConditionRequest {
    maximum_days_since_deprecated: Option<i32> = ("MaximumDaysSinceDeprecated", "MaximumDaysSinceDeprecated", "MaximumDaysSinceDeprecated", Body, false, false, Kind::Integer);
});

crate::structure!(DeregisterImageRequest {
    delete_associated_snapshots: Option<bool> = ("DeleteAssociatedSnapshots", "DeleteAssociatedSnapshots", "DeleteAssociatedSnapshots", Body, false, false, Kind::Boolean);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    image_id: Option<String> = ("ImageId", "ImageId", "ImageId", Body, true, false, Kind::String);
});

crate::structure!(DeregisterImageResult {
    delete_snapshot_results: Vec<DeleteSnapshotReturnCode> = ("DeleteSnapshotResults", "DeleteSnapshotResultSet", "deleteSnapshotResultSet", Body, false, false, Kind::List(&List { item: Kind::Structure(DeleteSnapshotReturnCode::shape), name: "item", flat: false, quiet: false }));
    r#return: Option<bool> = ("Return", "Return", "return", Body, false, false, Kind::Boolean);
});

crate::structure!(DescribeAccountAttributesRequest {
    attribute_names: Vec<String> = ("AttributeNames", "AttributeName", "attributeName", Body, false, false, Kind::List(&List { item: Kind::String, name: "attributeName", flat: false, quiet: false }));
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
});

crate::structure!(DescribeAccountAttributesResult {
    account_attributes: Vec<AccountAttribute> = ("AccountAttributes", "AccountAttributeSet", "accountAttributeSet", Body, false, false, Kind::List(&List { item: Kind::Structure(AccountAttribute::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(DescribeAvailabilityZonesRequest {
    all_availability_zones: Option<bool> = ("AllAvailabilityZones", "AllAvailabilityZones", "AllAvailabilityZones", Body, false, false, Kind::Boolean);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    zone_ids: Vec<String> = ("ZoneIds", "ZoneId", "ZoneId", Body, false, false, Kind::List(&List { item: Kind::String, name: "ZoneId", flat: false, quiet: false }));
    zone_names: Vec<String> = ("ZoneNames", "ZoneName", "ZoneName", Body, false, false, Kind::List(&List { item: Kind::String, name: "ZoneName", flat: false, quiet: false }));
});

crate::structure!(DescribeAvailabilityZonesResult {
    availability_zones: Vec<AvailabilityZone> = ("AvailabilityZones", "AvailabilityZoneInfo", "availabilityZoneInfo", Body, false, false, Kind::List(&List { item: Kind::Structure(AvailabilityZone::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(DescribeIamInstanceProfileAssociationsRequest {
    association_ids: Vec<String> = ("AssociationIds", "AssociationId", "AssociationId", Body, false, false, Kind::List(&List { item: Kind::String, name: "AssociationId", flat: false, quiet: false }));
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
});

crate::structure!(DescribeIamInstanceProfileAssociationsResult {
    iam_instance_profile_associations: Vec<IamInstanceProfileAssociation> = ("IamInstanceProfileAssociations", "IamInstanceProfileAssociationSet", "iamInstanceProfileAssociationSet", Body, false, false, Kind::List(&List { item: Kind::Structure(IamInstanceProfileAssociation::shape), name: "item", flat: false, quiet: false }));
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
});

crate::structure!(DescribeImageAttributeRequest {
    attribute: Option<String> = ("Attribute", "Attribute", "Attribute", Body, true, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    image_id: Option<String> = ("ImageId", "ImageId", "ImageId", Body, true, false, Kind::String);
});

crate::structure!(DescribeImagesRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    executable_users: Vec<String> = ("ExecutableUsers", "ExecutableBy", "ExecutableBy", Body, false, false, Kind::List(&List { item: Kind::String, name: "ExecutableBy", flat: false, quiet: false }));
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    image_ids: Vec<String> = ("ImageIds", "ImageId", "ImageId", Body, false, false, Kind::List(&List { item: Kind::String, name: "ImageId", flat: false, quiet: false }));
    include_deprecated: Option<bool> = ("IncludeDeprecated", "IncludeDeprecated", "IncludeDeprecated", Body, false, false, Kind::Boolean);
    include_disabled: Option<bool> = ("IncludeDisabled", "IncludeDisabled", "IncludeDisabled", Body, false, false, Kind::Boolean);
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
    owners: Vec<String> = ("Owners", "Owner", "Owner", Body, false, false, Kind::List(&List { item: Kind::String, name: "Owner", flat: false, quiet: false }));
});

crate::structure!(DescribeImagesResult {
    images: Vec<Image> = ("Images", "ImagesSet", "imagesSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Image::shape), name: "item", flat: false, quiet: false }));
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
});

crate::structure!(DescribeInstanceAttributeRequest {
    attribute: Option<String> = ("Attribute", "Attribute", "attribute", Body, true, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    instance_id: Option<String> = ("InstanceId", "InstanceId", "instanceId", Body, true, false, Kind::String);
});

crate::structure!(DescribeInstanceStatusRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    include_all_instances: Option<bool> = ("IncludeAllInstances", "IncludeAllInstances", "includeAllInstances", Body, false, false, Kind::Boolean);
    include_managed_resources: Option<bool> = ("IncludeManagedResources", "IncludeManagedResources", "IncludeManagedResources", Body, false, false, Kind::Boolean);
    instance_ids: Vec<String> = ("InstanceIds", "InstanceId", "InstanceId", Body, false, false, Kind::List(&List { item: Kind::String, name: "InstanceId", flat: false, quiet: false }));
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
});

crate::structure!(DescribeInstanceStatusResult {
    instance_statuses: Vec<InstanceStatus> = ("InstanceStatuses", "InstanceStatusSet", "instanceStatusSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceStatus::shape), name: "item", flat: false, quiet: false }));
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
});

crate::structure!(DescribeInstanceTypeOfferingsRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    location_type: Option<String> = ("LocationType", "LocationType", "LocationType", Body, false, false, Kind::String);
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
});

crate::structure!(DescribeInstanceTypeOfferingsResult {
    instance_type_offerings: Vec<InstanceTypeOffering> = ("InstanceTypeOfferings", "InstanceTypeOfferingSet", "instanceTypeOfferingSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceTypeOffering::shape), name: "item", flat: false, quiet: false }));
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
});

crate::structure!(DescribeInstanceTypesRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    include_unsupported_in_region: Option<bool> = ("IncludeUnsupportedInRegion", "IncludeUnsupportedInRegion", "IncludeUnsupportedInRegion", Body, false, false, Kind::Boolean);
    instance_types: Vec<String> = ("InstanceTypes", "InstanceType", "InstanceType", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
});

crate::structure!(DescribeInstanceTypesResult {
    instance_types: Vec<InstanceTypeInfo> = ("InstanceTypes", "InstanceTypeSet", "instanceTypeSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceTypeInfo::shape), name: "item", flat: false, quiet: false }));
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
});

crate::structure!(DescribeInstancesRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    include_managed_resources: Option<bool> = ("IncludeManagedResources", "IncludeManagedResources", "IncludeManagedResources", Body, false, false, Kind::Boolean);
    instance_ids: Vec<String> = ("InstanceIds", "InstanceId", "InstanceId", Body, false, false, Kind::List(&List { item: Kind::String, name: "InstanceId", flat: false, quiet: false }));
    max_results: Option<i32> = ("MaxResults", "MaxResults", "maxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
});

crate::structure!(DescribeInstancesResult {
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
    reservations: Vec<Reservation> = ("Reservations", "ReservationSet", "reservationSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Reservation::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(DescribeKeyPairsRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    include_public_key: Option<bool> = ("IncludePublicKey", "IncludePublicKey", "IncludePublicKey", Body, false, false, Kind::Boolean);
    key_names: Vec<String> = ("KeyNames", "KeyName", "KeyName", Body, false, false, Kind::List(&List { item: Kind::String, name: "KeyName", flat: false, quiet: false }));
    key_pair_ids: Vec<String> = ("KeyPairIds", "KeyPairId", "KeyPairId", Body, false, false, Kind::List(&List { item: Kind::String, name: "KeyPairId", flat: false, quiet: false }));
});

crate::structure!(DescribeKeyPairsResult {
    key_pairs: Vec<KeyPairInfo> = ("KeyPairs", "KeySet", "keySet", Body, false, false, Kind::List(&List { item: Kind::Structure(KeyPairInfo::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(DescribeNetworkInterfacesRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    include_managed_resources: Option<bool> = ("IncludeManagedResources", "IncludeManagedResources", "IncludeManagedResources", Body, false, false, Kind::Boolean);
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    network_interface_ids: Vec<String> = ("NetworkInterfaceIds", "NetworkInterfaceId", "NetworkInterfaceId", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
});

crate::structure!(DescribeNetworkInterfacesResult {
    network_interfaces: Vec<NetworkInterface> = ("NetworkInterfaces", "NetworkInterfaceSet", "networkInterfaceSet", Body, false, false, Kind::List(&List { item: Kind::Structure(NetworkInterface::shape), name: "item", flat: false, quiet: false }));
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
});

crate::structure!(DescribeRegionsRequest {
    all_regions: Option<bool> = ("AllRegions", "AllRegions", "AllRegions", Body, false, false, Kind::Boolean);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    region_names: Vec<String> = ("RegionNames", "RegionName", "RegionName", Body, false, false, Kind::List(&List { item: Kind::String, name: "RegionName", flat: false, quiet: false }));
});

crate::structure!(DescribeRegionsResult {
    regions: Vec<Region> = ("Regions", "RegionInfo", "regionInfo", Body, false, false, Kind::List(&List { item: Kind::Structure(Region::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(DescribeSecurityGroupRulesRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
    security_group_rule_ids: Vec<String> = ("SecurityGroupRuleIds", "SecurityGroupRuleId", "SecurityGroupRuleId", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
});

crate::structure!(DescribeSecurityGroupRulesResult {
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
    security_group_rules: Vec<SecurityGroupRule> = ("SecurityGroupRules", "SecurityGroupRuleSet", "securityGroupRuleSet", Body, false, false, Kind::List(&List { item: Kind::Structure(SecurityGroupRule::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(DescribeSecurityGroupsRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    group_ids: Vec<String> = ("GroupIds", "GroupId", "GroupId", Body, false, false, Kind::List(&List { item: Kind::String, name: "groupId", flat: false, quiet: false }));
    group_names: Vec<String> = ("GroupNames", "GroupName", "GroupName", Body, false, false, Kind::List(&List { item: Kind::String, name: "GroupName", flat: false, quiet: false }));
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
});

crate::structure!(DescribeSecurityGroupsResult {
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
    security_groups: Vec<SecurityGroup> = ("SecurityGroups", "SecurityGroupInfo", "securityGroupInfo", Body, false, false, Kind::List(&List { item: Kind::Structure(SecurityGroup::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(DescribeSnapshotAttributeRequest {
    attribute: Option<String> = ("Attribute", "Attribute", "Attribute", Body, true, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "SnapshotId", Body, true, false, Kind::String);
});

crate::structure!(DescribeSnapshotAttributeResult {
    create_volume_permissions: Option<Vec<CreateVolumePermission>> = ("CreateVolumePermissions", "CreateVolumePermission", "createVolumePermission", Body, false, false, Kind::List(&List { item: Kind::Structure(CreateVolumePermission::shape), name: "item", flat: false, quiet: true }));
    product_codes: Option<Vec<ProductCode>> = ("ProductCodes", "ProductCodes", "productCodes", Body, false, false, Kind::List(&List { item: Kind::Structure(ProductCode::shape), name: "item", flat: false, quiet: true }));
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "snapshotId", Body, false, false, Kind::String);
});

crate::structure!(DescribeSnapshotsRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
    owner_ids: Vec<String> = ("OwnerIds", "Owner", "Owner", Body, false, false, Kind::List(&List { item: Kind::String, name: "Owner", flat: false, quiet: false }));
    restorable_by_user_ids: Vec<String> = ("RestorableByUserIds", "RestorableBy", "RestorableBy", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    snapshot_ids: Vec<String> = ("SnapshotIds", "SnapshotId", "SnapshotId", Body, false, false, Kind::List(&List { item: Kind::String, name: "SnapshotId", flat: false, quiet: false }));
});

crate::structure!(DescribeSnapshotsResult {
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
    snapshots: Vec<Snapshot> = ("Snapshots", "SnapshotSet", "snapshotSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Snapshot::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(DescribeSubnetsRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
    subnet_ids: Vec<String> = ("SubnetIds", "SubnetId", "SubnetId", Body, false, false, Kind::List(&List { item: Kind::String, name: "SubnetId", flat: false, quiet: false }));
});

crate::structure!(DescribeSubnetsResult {
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
    subnets: Vec<Subnet> = ("Subnets", "SubnetSet", "subnetSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Subnet::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(DescribeTagsRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    max_results: Option<i32> = ("MaxResults", "MaxResults", "maxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
});

crate::structure!(DescribeTagsResult {
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
    tags: Vec<TagDescription> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(TagDescription::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(DescribeVolumeAttributeRequest {
    attribute: Option<String> = ("Attribute", "Attribute", "Attribute", Body, true, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    volume_id: Option<String> = ("VolumeId", "VolumeId", "VolumeId", Body, true, false, Kind::String);
});

crate::structure!(DescribeVolumeAttributeResult {
    auto_enable_io: Option<AttributeBooleanValue> = ("AutoEnableIO", "AutoEnableIO", "autoEnableIO", Body, false, false, Kind::Structure(AttributeBooleanValue::shape));
    product_codes: Option<Vec<ProductCode>> = ("ProductCodes", "ProductCodes", "productCodes", Body, false, false, Kind::List(&List { item: Kind::Structure(ProductCode::shape), name: "item", flat: false, quiet: true }));
    volume_id: Option<String> = ("VolumeId", "VolumeId", "volumeId", Body, false, false, Kind::String);
});

crate::structure!(DescribeVolumesRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    include_managed_resources: Option<bool> = ("IncludeManagedResources", "IncludeManagedResources", "IncludeManagedResources", Body, false, false, Kind::Boolean);
    max_results: Option<i32> = ("MaxResults", "MaxResults", "maxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
    volume_ids: Vec<String> = ("VolumeIds", "VolumeId", "VolumeId", Body, false, false, Kind::List(&List { item: Kind::String, name: "VolumeId", flat: false, quiet: false }));
});

crate::structure!(DescribeVolumesResult {
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
    volumes: Vec<Volume> = ("Volumes", "VolumeSet", "volumeSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Volume::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(DescribeVpcsRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    filters: Vec<Filter> = ("Filters", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::Structure(Filter::shape), name: "Filter", flat: false, quiet: false }));
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
    vpc_ids: Vec<String> = ("VpcIds", "VpcId", "VpcId", Body, false, false, Kind::List(&List { item: Kind::String, name: "VpcId", flat: false, quiet: false }));
});

crate::structure!(DescribeVpcsResult {
    next_token: Option<String> = ("NextToken", "NextToken", "nextToken", Body, false, false, Kind::String);
    vpcs: Vec<Vpc> = ("Vpcs", "VpcSet", "vpcSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Vpc::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(DetachVolumeRequest {
    device: Option<String> = ("Device", "Device", "Device", Body, false, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    force: Option<bool> = ("Force", "Force", "Force", Body, false, false, Kind::Boolean);
    instance_id: Option<String> = ("InstanceId", "InstanceId", "InstanceId", Body, false, false, Kind::String);
    volume_id: Option<String> = ("VolumeId", "VolumeId", "VolumeId", Body, true, false, Kind::String);
});

crate::structure!(DisableAllowedImagesSettingsRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
});

crate::structure!(DisableAllowedImagesSettingsResult {
    allowed_images_settings_state: Option<String> = ("AllowedImagesSettingsState", "AllowedImagesSettingsState", "allowedImagesSettingsState", Body, false, false, Kind::String);
});

crate::structure!(DisableEbsEncryptionByDefaultRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
});

crate::structure!(DisableEbsEncryptionByDefaultResult {
    ebs_encryption_by_default: Option<bool> = ("EbsEncryptionByDefault", "EbsEncryptionByDefault", "ebsEncryptionByDefault", Body, false, false, Kind::Boolean);
});

crate::structure!(DisableImageBlockPublicAccessRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
});

crate::structure!(DisableImageBlockPublicAccessResult {
    image_block_public_access_state: Option<String> = ("ImageBlockPublicAccessState", "ImageBlockPublicAccessState", "imageBlockPublicAccessState", Body, false, false, Kind::String);
});

crate::structure!(DisableSnapshotBlockPublicAccessRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
});

crate::structure!(DisableSnapshotBlockPublicAccessResult {
    state: Option<String> = ("State", "State", "state", Body, false, false, Kind::String);
});

crate::structure!(DisassociateIamInstanceProfileRequest {
    association_id: Option<String> = ("AssociationId", "AssociationId", "AssociationId", Body, true, false, Kind::String);
});

crate::structure!(DisassociateIamInstanceProfileResult {
    iam_instance_profile_association: Option<IamInstanceProfileAssociation> = ("IamInstanceProfileAssociation", "IamInstanceProfileAssociation", "iamInstanceProfileAssociation", Body, false, false, Kind::Structure(IamInstanceProfileAssociation::shape));
});

crate::structure!(DiskInfo {
    count: Option<i32> = ("Count", "Count", "count", Body, false, false, Kind::Integer);
    size_in_gb: Option<i64> = ("SizeInGB", "SizeInGB", "sizeInGB", Body, false, false, Kind::Long);
    r#type: Option<String> = ("Type", "Type", "type", Body, false, false, Kind::String);
});

crate::structure!(EbsBlockDevice {
    availability_zone: Option<String> = ("AvailabilityZone", "AvailabilityZone", "availabilityZone", Body, false, false, Kind::String);
    availability_zone_id: Option<String> = ("AvailabilityZoneId", "AvailabilityZoneId", "AvailabilityZoneId", Body, false, false, Kind::String);
    delete_on_termination: Option<bool> = ("DeleteOnTermination", "DeleteOnTermination", "deleteOnTermination", Body, false, false, Kind::Boolean);
    ebs_card_index: Option<i32> = ("EbsCardIndex", "EbsCardIndex", "EbsCardIndex", Body, false, false, Kind::Integer);
    encrypted: Option<bool> = ("Encrypted", "Encrypted", "encrypted", Body, false, false, Kind::Boolean);
    iops: Option<i32> = ("Iops", "Iops", "iops", Body, false, false, Kind::Integer);
    kms_key_id: Option<String> = ("KmsKeyId", "KmsKeyId", "kmsKeyId", Body, false, false, Kind::String);
    outpost_arn: Option<String> = ("OutpostArn", "OutpostArn", "outpostArn", Body, false, false, Kind::String);
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "snapshotId", Body, false, false, Kind::String);
    throughput: Option<i32> = ("Throughput", "Throughput", "throughput", Body, false, false, Kind::Integer);
    volume_initialization_rate: Option<i32> = ("VolumeInitializationRate", "VolumeInitializationRate", "VolumeInitializationRate", Body, false, false, Kind::Integer);
    volume_size: Option<i32> = ("VolumeSize", "VolumeSize", "volumeSize", Body, false, false, Kind::Integer);
    volume_type: Option<String> = ("VolumeType", "VolumeType", "volumeType", Body, false, false, Kind::String);
});

crate::structure!(EbsCardInfo {
    baseline_bandwidth_in_mbps: Option<i32> = ("BaselineBandwidthInMbps", "BaselineBandwidthInMbps", "baselineBandwidthInMbps", Body, false, false, Kind::Integer);
    baseline_iops: Option<i32> = ("BaselineIops", "BaselineIops", "baselineIops", Body, false, false, Kind::Integer);
    baseline_throughput_in_m_bps: Option<f64> = ("BaselineThroughputInMBps", "BaselineThroughputInMBps", "baselineThroughputInMBps", Body, false, false, Kind::Double);
    ebs_card_index: Option<i32> = ("EbsCardIndex", "EbsCardIndex", "ebsCardIndex", Body, false, false, Kind::Integer);
    maximum_bandwidth_in_mbps: Option<i32> = ("MaximumBandwidthInMbps", "MaximumBandwidthInMbps", "maximumBandwidthInMbps", Body, false, false, Kind::Integer);
    maximum_iops: Option<i32> = ("MaximumIops", "MaximumIops", "maximumIops", Body, false, false, Kind::Integer);
    maximum_throughput_in_m_bps: Option<f64> = ("MaximumThroughputInMBps", "MaximumThroughputInMBps", "maximumThroughputInMBps", Body, false, false, Kind::Double);
});

crate::structure!(EbsInfo {
    attachment_limit_type: Option<String> = ("AttachmentLimitType", "AttachmentLimitType", "attachmentLimitType", Body, false, false, Kind::String);
    ebs_cards: Vec<EbsCardInfo> = ("EbsCards", "EbsCardSet", "ebsCardSet", Body, false, false, Kind::List(&List { item: Kind::Structure(EbsCardInfo::shape), name: "item", flat: false, quiet: false }));
    ebs_optimized_info: Option<EbsOptimizedInfo> = ("EbsOptimizedInfo", "EbsOptimizedInfo", "ebsOptimizedInfo", Body, false, false, Kind::Structure(EbsOptimizedInfo::shape));
    ebs_optimized_support: Option<String> = ("EbsOptimizedSupport", "EbsOptimizedSupport", "ebsOptimizedSupport", Body, false, false, Kind::String);
    encryption_support: Option<String> = ("EncryptionSupport", "EncryptionSupport", "encryptionSupport", Body, false, false, Kind::String);
    maximum_ebs_attachments: Option<i32> = ("MaximumEbsAttachments", "MaximumEbsAttachments", "maximumEbsAttachments", Body, false, false, Kind::Integer);
    maximum_ebs_cards: Option<i32> = ("MaximumEbsCards", "MaximumEbsCards", "maximumEbsCards", Body, false, false, Kind::Integer);
    nvme_support: Option<String> = ("NvmeSupport", "NvmeSupport", "nvmeSupport", Body, false, false, Kind::String);
});

crate::structure!(EbsInstanceBlockDevice {
    associated_resource: Option<String> = ("AssociatedResource", "AssociatedResource", "associatedResource", Body, false, false, Kind::String);
    attach_time: Option<Timestamp> = ("AttachTime", "AttachTime", "attachTime", Body, false, false, Kind::Timestamp);
    delete_on_termination: Option<bool> = ("DeleteOnTermination", "DeleteOnTermination", "deleteOnTermination", Body, false, false, Kind::Boolean);
    ebs_card_index: Option<i32> = ("EbsCardIndex", "EbsCardIndex", "ebsCardIndex", Body, false, false, Kind::Integer);
    operator: Option<OperatorResponse> = ("Operator", "Operator", "operator", Body, false, false, Kind::Structure(OperatorResponse::shape));
    status: Option<String> = ("Status", "Status", "status", Body, false, false, Kind::String);
    volume_id: Option<String> = ("VolumeId", "VolumeId", "volumeId", Body, false, false, Kind::String);
    volume_owner_id: Option<String> = ("VolumeOwnerId", "VolumeOwnerId", "volumeOwnerId", Body, false, false, Kind::String);
});

crate::structure!(EbsInstanceBlockDeviceSpecification {
    delete_on_termination: Option<bool> = ("DeleteOnTermination", "DeleteOnTermination", "deleteOnTermination", Body, false, false, Kind::Boolean);
    volume_id: Option<String> = ("VolumeId", "VolumeId", "volumeId", Body, false, false, Kind::String);
});

crate::structure!(EbsOptimizedInfo {
    baseline_bandwidth_in_mbps: Option<i32> = ("BaselineBandwidthInMbps", "BaselineBandwidthInMbps", "baselineBandwidthInMbps", Body, false, false, Kind::Integer);
    baseline_iops: Option<i32> = ("BaselineIops", "BaselineIops", "baselineIops", Body, false, false, Kind::Integer);
    baseline_throughput_in_m_bps: Option<f64> = ("BaselineThroughputInMBps", "BaselineThroughputInMBps", "baselineThroughputInMBps", Body, false, false, Kind::Double);
    maximum_bandwidth_in_mbps: Option<i32> = ("MaximumBandwidthInMbps", "MaximumBandwidthInMbps", "maximumBandwidthInMbps", Body, false, false, Kind::Integer);
    maximum_iops: Option<i32> = ("MaximumIops", "MaximumIops", "maximumIops", Body, false, false, Kind::Integer);
    maximum_throughput_in_m_bps: Option<f64> = ("MaximumThroughputInMBps", "MaximumThroughputInMBps", "maximumThroughputInMBps", Body, false, false, Kind::Double);
});

crate::structure!(EbsStatusDetails {
    impaired_since: Option<Timestamp> = ("ImpairedSince", "ImpairedSince", "impairedSince", Body, false, false, Kind::Timestamp);
    name: Option<String> = ("Name", "Name", "name", Body, false, false, Kind::String);
    status: Option<String> = ("Status", "Status", "status", Body, false, false, Kind::String);
});

crate::structure!(EbsStatusSummary {
    details: Vec<EbsStatusDetails> = ("Details", "Details", "details", Body, false, false, Kind::List(&List { item: Kind::Structure(EbsStatusDetails::shape), name: "item", flat: false, quiet: false }));
    status: Option<String> = ("Status", "Status", "status", Body, false, false, Kind::String);
});

crate::structure!(EfaInfo {
    maximum_efa_interfaces: Option<i32> = ("MaximumEfaInterfaces", "MaximumEfaInterfaces", "maximumEfaInterfaces", Body, false, false, Kind::Integer);
});

crate::structure!(ElasticGpuAssociation {
    elastic_gpu_association_id: Option<String> = ("ElasticGpuAssociationId", "ElasticGpuAssociationId", "elasticGpuAssociationId", Body, false, false, Kind::String);
    elastic_gpu_association_state: Option<String> = ("ElasticGpuAssociationState", "ElasticGpuAssociationState", "elasticGpuAssociationState", Body, false, false, Kind::String);
    elastic_gpu_association_time: Option<String> = ("ElasticGpuAssociationTime", "ElasticGpuAssociationTime", "elasticGpuAssociationTime", Body, false, false, Kind::String);
    elastic_gpu_id: Option<String> = ("ElasticGpuId", "ElasticGpuId", "elasticGpuId", Body, false, false, Kind::String);
});

crate::structure!(ElasticGpuSpecification {
    r#type: Option<String> = ("Type", "Type", "Type", Body, true, false, Kind::String);
});

crate::structure!(ElasticInferenceAccelerator {
    count: Option<i32> = ("Count", "Count", "Count", Body, false, false, Kind::Integer);
    r#type: Option<String> = ("Type", "Type", "Type", Body, true, false, Kind::String);
});

crate::structure!(ElasticInferenceAcceleratorAssociation {
    elastic_inference_accelerator_arn: Option<String> = ("ElasticInferenceAcceleratorArn", "ElasticInferenceAcceleratorArn", "elasticInferenceAcceleratorArn", Body, false, false, Kind::String);
    elastic_inference_accelerator_association_id: Option<String> = ("ElasticInferenceAcceleratorAssociationId", "ElasticInferenceAcceleratorAssociationId", "elasticInferenceAcceleratorAssociationId", Body, false, false, Kind::String);
    elastic_inference_accelerator_association_state: Option<String> = ("ElasticInferenceAcceleratorAssociationState", "ElasticInferenceAcceleratorAssociationState", "elasticInferenceAcceleratorAssociationState", Body, false, false, Kind::String);
    elastic_inference_accelerator_association_time: Option<Timestamp> = ("ElasticInferenceAcceleratorAssociationTime", "ElasticInferenceAcceleratorAssociationTime", "elasticInferenceAcceleratorAssociationTime", Body, false, false, Kind::Timestamp);
});

crate::structure!(EnaSrdSpecificationRequest {
    ena_srd_enabled: Option<bool> = ("EnaSrdEnabled", "EnaSrdEnabled", "EnaSrdEnabled", Body, false, false, Kind::Boolean);
    ena_srd_udp_specification: Option<EnaSrdUdpSpecificationRequest> = ("EnaSrdUdpSpecification", "EnaSrdUdpSpecification", "EnaSrdUdpSpecification", Body, false, false, Kind::Structure(EnaSrdUdpSpecificationRequest::shape));
});

crate::structure!(EnaSrdUdpSpecificationRequest {
    ena_srd_udp_enabled: Option<bool> = ("EnaSrdUdpEnabled", "EnaSrdUdpEnabled", "EnaSrdUdpEnabled", Body, false, false, Kind::Boolean);
});

crate::structure!(EnableAllowedImagesSettingsRequest {
    allowed_images_settings_state: Option<String> = ("AllowedImagesSettingsState", "AllowedImagesSettingsState", "AllowedImagesSettingsState", Body, true, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
});

crate::structure!(EnableAllowedImagesSettingsResult {
    allowed_images_settings_state: Option<String> = ("AllowedImagesSettingsState", "AllowedImagesSettingsState", "allowedImagesSettingsState", Body, false, false, Kind::String);
});

crate::structure!(EnableEbsEncryptionByDefaultRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
});

crate::structure!(EnableEbsEncryptionByDefaultResult {
    ebs_encryption_by_default: Option<bool> = ("EbsEncryptionByDefault", "EbsEncryptionByDefault", "ebsEncryptionByDefault", Body, false, false, Kind::Boolean);
});

crate::structure!(EnableImageBlockPublicAccessRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    image_block_public_access_state: Option<String> = ("ImageBlockPublicAccessState", "ImageBlockPublicAccessState", "ImageBlockPublicAccessState", Body, true, false, Kind::String);
});

crate::structure!(EnableImageBlockPublicAccessResult {
    image_block_public_access_state: Option<String> = ("ImageBlockPublicAccessState", "ImageBlockPublicAccessState", "imageBlockPublicAccessState", Body, false, false, Kind::String);
});

crate::structure!(EnableSnapshotBlockPublicAccessRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    state: Option<String> = ("State", "State", "State", Body, true, false, Kind::String);
});

crate::structure!(EnableSnapshotBlockPublicAccessResult {
    state: Option<String> = ("State", "State", "state", Body, false, false, Kind::String);
});

crate::structure!(EnclaveOptions {
    enabled: Option<bool> = ("Enabled", "Enabled", "enabled", Body, false, false, Kind::Boolean);
});

crate::structure!(EnclaveOptionsRequest {
    enabled: Option<bool> = ("Enabled", "Enabled", "Enabled", Body, false, false, Kind::Boolean);
});

crate::structure!(Filter {
    name: Option<String> = ("Name", "Name", "Name", Body, false, false, Kind::String);
    values: Vec<String> = ("Values", "Value", "Value", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
});

crate::structure!(FpgaDeviceInfo {
    count: Option<i32> = ("Count", "Count", "count", Body, false, false, Kind::Integer);
    manufacturer: Option<String> = ("Manufacturer", "Manufacturer", "manufacturer", Body, false, false, Kind::String);
    memory_info: Option<FpgaDeviceMemoryInfo> = ("MemoryInfo", "MemoryInfo", "memoryInfo", Body, false, false, Kind::Structure(FpgaDeviceMemoryInfo::shape));
    name: Option<String> = ("Name", "Name", "name", Body, false, false, Kind::String);
});

crate::structure!(FpgaDeviceMemoryInfo {
    size_in_mi_b: Option<i32> = ("SizeInMiB", "SizeInMiB", "sizeInMiB", Body, false, false, Kind::Integer);
});

crate::structure!(FpgaInfo {
    fpgas: Vec<FpgaDeviceInfo> = ("Fpgas", "Fpgas", "fpgas", Body, false, false, Kind::List(&List { item: Kind::Structure(FpgaDeviceInfo::shape), name: "item", flat: false, quiet: false }));
    total_fpga_memory_in_mi_b: Option<i32> = ("TotalFpgaMemoryInMiB", "TotalFpgaMemoryInMiB", "totalFpgaMemoryInMiB", Body, false, false, Kind::Integer);
});

crate::structure!(GetAllowedImagesSettingsRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
});

crate::structure!(GetAllowedImagesSettingsResult {
    image_criteria: Vec<ImageCriterion> = ("ImageCriteria", "ImageCriterionSet", "imageCriterionSet", Body, false, false, Kind::List(&List { item: Kind::Structure(ImageCriterion::shape), name: "item", flat: false, quiet: false }));
    managed_by: Option<String> = ("ManagedBy", "ManagedBy", "managedBy", Body, false, false, Kind::String);
    state: Option<String> = ("State", "State", "state", Body, false, false, Kind::String);
});

crate::structure!(GetConsoleOutputRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    instance_id: Option<String> = ("InstanceId", "InstanceId", "InstanceId", Body, true, false, Kind::String);
    latest: Option<bool> = ("Latest", "Latest", "Latest", Body, false, false, Kind::Boolean);
});

crate::structure!(GetConsoleOutputResult {
    instance_id: Option<String> = ("InstanceId", "InstanceId", "instanceId", Body, false, false, Kind::String);
    output: Option<String> = ("Output", "Output", "output", Body, false, false, Kind::String);
    timestamp: Option<Timestamp> = ("Timestamp", "Timestamp", "timestamp", Body, false, false, Kind::Timestamp);
});

crate::structure!(GetConsoleScreenshotRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    instance_id: Option<String> = ("InstanceId", "InstanceId", "InstanceId", Body, true, false, Kind::String);
    wake_up: Option<bool> = ("WakeUp", "WakeUp", "WakeUp", Body, false, false, Kind::Boolean);
});

crate::structure!(GetConsoleScreenshotResult {
    image_data: Option<String> = ("ImageData", "ImageData", "imageData", Body, false, false, Kind::String);
    instance_id: Option<String> = ("InstanceId", "InstanceId", "instanceId", Body, false, false, Kind::String);
});

crate::structure!(GetEbsDefaultKmsKeyIdRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
});

crate::structure!(GetEbsDefaultKmsKeyIdResult {
    kms_key_id: Option<String> = ("KmsKeyId", "KmsKeyId", "kmsKeyId", Body, false, false, Kind::String);
});

crate::structure!(GetEbsEncryptionByDefaultRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
});

crate::structure!(GetEbsEncryptionByDefaultResult {
    ebs_encryption_by_default: Option<bool> = ("EbsEncryptionByDefault", "EbsEncryptionByDefault", "ebsEncryptionByDefault", Body, false, false, Kind::Boolean);
    sse_type: Option<String> = ("SseType", "SseType", "sseType", Body, false, false, Kind::String);
});

crate::structure!(GetImageBlockPublicAccessStateRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
});

crate::structure!(GetImageBlockPublicAccessStateResult {
    image_block_public_access_state: Option<String> = ("ImageBlockPublicAccessState", "ImageBlockPublicAccessState", "imageBlockPublicAccessState", Body, false, false, Kind::String);
    managed_by: Option<String> = ("ManagedBy", "ManagedBy", "managedBy", Body, false, false, Kind::String);
});

crate::structure!(GetSnapshotBlockPublicAccessStateRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
});

crate::structure!(GetSnapshotBlockPublicAccessStateResult {
    managed_by: Option<String> = ("ManagedBy", "ManagedBy", "managedBy", Body, false, false, Kind::String);
    state: Option<String> = ("State", "State", "state", Body, false, false, Kind::String);
});

crate::structure!(GpuDeviceInfo {
    count: Option<i32> = ("Count", "Count", "count", Body, false, false, Kind::Integer);
    gpu_partition_size: Option<f64> = ("GpuPartitionSize", "GpuPartitionSize", "gpuPartitionSize", Body, false, false, Kind::Double);
    logical_gpu_count: Option<i32> = ("LogicalGpuCount", "LogicalGpuCount", "logicalGpuCount", Body, false, false, Kind::Integer);
    manufacturer: Option<String> = ("Manufacturer", "Manufacturer", "manufacturer", Body, false, false, Kind::String);
    memory_info: Option<GpuDeviceMemoryInfo> = ("MemoryInfo", "MemoryInfo", "memoryInfo", Body, false, false, Kind::Structure(GpuDeviceMemoryInfo::shape));
    name: Option<String> = ("Name", "Name", "name", Body, false, false, Kind::String);
    workloads: Vec<String> = ("Workloads", "WorkloadSet", "workloadSet", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
});

crate::structure!(GpuDeviceMemoryInfo {
    size_in_mi_b: Option<i32> = ("SizeInMiB", "SizeInMiB", "sizeInMiB", Body, false, false, Kind::Integer);
});

crate::structure!(GpuInfo {
    gpus: Vec<GpuDeviceInfo> = ("Gpus", "Gpus", "gpus", Body, false, false, Kind::List(&List { item: Kind::Structure(GpuDeviceInfo::shape), name: "item", flat: false, quiet: false }));
    total_gpu_memory_in_mi_b: Option<i32> = ("TotalGpuMemoryInMiB", "TotalGpuMemoryInMiB", "totalGpuMemoryInMiB", Body, false, false, Kind::Integer);
});

crate::structure!(GroupIdentifier {
    group_id: Option<String> = ("GroupId", "GroupId", "groupId", Body, false, false, Kind::String);
    group_name: Option<String> = ("GroupName", "GroupName", "groupName", Body, false, false, Kind::String);
});

crate::structure!(HibernationOptions {
    configured: Option<bool> = ("Configured", "Configured", "configured", Body, false, false, Kind::Boolean);
});

crate::structure!(HibernationOptionsRequest {
    configured: Option<bool> = ("Configured", "Configured", "Configured", Body, false, false, Kind::Boolean);
});

crate::structure!(IamInstanceProfile {
    arn: Option<String> = ("Arn", "Arn", "arn", Body, false, false, Kind::String);
    id: Option<String> = ("Id", "Id", "id", Body, false, false, Kind::String);
});

crate::structure!(IamInstanceProfileAssociation {
    association_id: Option<String> = ("AssociationId", "AssociationId", "associationId", Body, false, false, Kind::String);
    iam_instance_profile: Option<IamInstanceProfile> = ("IamInstanceProfile", "IamInstanceProfile", "iamInstanceProfile", Body, false, false, Kind::Structure(IamInstanceProfile::shape));
    instance_id: Option<String> = ("InstanceId", "InstanceId", "instanceId", Body, false, false, Kind::String);
    state: Option<String> = ("State", "State", "state", Body, false, false, Kind::String);
    timestamp: Option<Timestamp> = ("Timestamp", "Timestamp", "timestamp", Body, false, false, Kind::Timestamp);
});

crate::structure!(IamInstanceProfileSpecification {
    arn: Option<String> = ("Arn", "Arn", "arn", Body, false, false, Kind::String);
    name: Option<String> = ("Name", "Name", "name", Body, false, false, Kind::String);
});

crate::structure!(Image {
    architecture: Option<String> = ("Architecture", "Architecture", "architecture", Body, false, false, Kind::String);
    block_device_mappings: Vec<BlockDeviceMapping> = ("BlockDeviceMappings", "BlockDeviceMapping", "blockDeviceMapping", Body, false, false, Kind::List(&List { item: Kind::Structure(BlockDeviceMapping::shape), name: "item", flat: false, quiet: false }));
    boot_mode: Option<String> = ("BootMode", "BootMode", "bootMode", Body, false, false, Kind::String);
    creation_date: Option<String> = ("CreationDate", "CreationDate", "creationDate", Body, false, false, Kind::String);
    deprecation_time: Option<String> = ("DeprecationTime", "DeprecationTime", "deprecationTime", Body, false, false, Kind::String);
    deregistration_protection: Option<String> = ("DeregistrationProtection", "DeregistrationProtection", "deregistrationProtection", Body, false, false, Kind::String);
    description: Option<String> = ("Description", "Description", "description", Body, false, false, Kind::String);
    ena_support: Option<bool> = ("EnaSupport", "EnaSupport", "enaSupport", Body, false, false, Kind::Boolean);
    free_tier_eligible: Option<bool> = ("FreeTierEligible", "FreeTierEligible", "freeTierEligible", Body, false, false, Kind::Boolean);
    hypervisor: Option<String> = ("Hypervisor", "Hypervisor", "hypervisor", Body, false, false, Kind::String);
    image_allowed: Option<bool> = ("ImageAllowed", "ImageAllowed", "imageAllowed", Body, false, false, Kind::Boolean);
    image_id: Option<String> = ("ImageId", "ImageId", "imageId", Body, false, false, Kind::String);
    image_location: Option<String> = ("ImageLocation", "ImageLocation", "imageLocation", Body, false, false, Kind::String);
    image_owner_alias: Option<String> = ("ImageOwnerAlias", "ImageOwnerAlias", "imageOwnerAlias", Body, false, false, Kind::String);
    image_type: Option<String> = ("ImageType", "ImageType", "imageType", Body, false, false, Kind::String);
    imds_support: Option<String> = ("ImdsSupport", "ImdsSupport", "imdsSupport", Body, false, false, Kind::String);
    kernel_id: Option<String> = ("KernelId", "KernelId", "kernelId", Body, false, false, Kind::String);
    last_launched_time: Option<String> = ("LastLaunchedTime", "LastLaunchedTime", "lastLaunchedTime", Body, false, false, Kind::String);
    name: Option<String> = ("Name", "Name", "name", Body, false, false, Kind::String);
    owner_id: Option<String> = ("OwnerId", "ImageOwnerId", "imageOwnerId", Body, false, false, Kind::String);
    platform: Option<String> = ("Platform", "Platform", "platform", Body, false, false, Kind::String);
    platform_details: Option<String> = ("PlatformDetails", "PlatformDetails", "platformDetails", Body, false, false, Kind::String);
    product_codes: Vec<ProductCode> = ("ProductCodes", "ProductCodes", "productCodes", Body, false, false, Kind::List(&List { item: Kind::Structure(ProductCode::shape), name: "item", flat: false, quiet: true }));
    public: Option<bool> = ("Public", "IsPublic", "isPublic", Body, false, false, Kind::Boolean);
    ramdisk_id: Option<String> = ("RamdiskId", "RamdiskId", "ramdiskId", Body, false, false, Kind::String);
    root_device_name: Option<String> = ("RootDeviceName", "RootDeviceName", "rootDeviceName", Body, false, false, Kind::String);
    root_device_type: Option<String> = ("RootDeviceType", "RootDeviceType", "rootDeviceType", Body, false, false, Kind::String);
    source_image_id: Option<String> = ("SourceImageId", "SourceImageId", "sourceImageId", Body, false, false, Kind::String);
    source_image_region: Option<String> = ("SourceImageRegion", "SourceImageRegion", "sourceImageRegion", Body, false, false, Kind::String);
    source_instance_id: Option<String> = ("SourceInstanceId", "SourceInstanceId", "sourceInstanceId", Body, false, false, Kind::String);
    sriov_net_support: Option<String> = ("SriovNetSupport", "SriovNetSupport", "sriovNetSupport", Body, false, false, Kind::String);
    state: Option<String> = ("State", "ImageState", "imageState", Body, false, false, Kind::String);
    state_reason: Option<StateReason> = ("StateReason", "StateReason", "stateReason", Body, false, false, Kind::Structure(StateReason::shape));
    tags: Vec<Tag> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: true }));
    tpm_support: Option<String> = ("TpmSupport", "TpmSupport", "tpmSupport", Body, false, false, Kind::String);
    usage_operation: Option<String> = ("UsageOperation", "UsageOperation", "usageOperation", Body, false, false, Kind::String);
    virtualization_type: Option<String> = ("VirtualizationType", "VirtualizationType", "virtualizationType", Body, false, false, Kind::String);
});

crate::structure!(ImageAttribute {
    block_device_mappings: Option<Vec<BlockDeviceMapping>> = ("BlockDeviceMappings", "BlockDeviceMapping", "blockDeviceMapping", Body, false, false, Kind::List(&List { item: Kind::Structure(BlockDeviceMapping::shape), name: "item", flat: false, quiet: true }));
    boot_mode: Option<AttributeValue> = ("BootMode", "BootMode", "bootMode", Body, false, false, Kind::Structure(AttributeValue::shape));
    deregistration_protection: Option<AttributeValue> = ("DeregistrationProtection", "DeregistrationProtection", "deregistrationProtection", Body, false, false, Kind::Structure(AttributeValue::shape));
    description: Option<AttributeValue> = ("Description", "Description", "description", Body, false, false, Kind::Structure(AttributeValue::shape));
    image_id: Option<String> = ("ImageId", "ImageId", "imageId", Body, false, false, Kind::String);
    imds_support: Option<AttributeValue> = ("ImdsSupport", "ImdsSupport", "imdsSupport", Body, false, false, Kind::Structure(AttributeValue::shape));
    kernel_id: Option<AttributeValue> = ("KernelId", "Kernel", "kernel", Body, false, false, Kind::Structure(AttributeValue::shape));
    last_launched_time: Option<AttributeValue> = ("LastLaunchedTime", "LastLaunchedTime", "lastLaunchedTime", Body, false, false, Kind::Structure(AttributeValue::shape));
    launch_permissions: Option<Vec<LaunchPermission>> = ("LaunchPermissions", "LaunchPermission", "launchPermission", Body, false, false, Kind::List(&List { item: Kind::Structure(LaunchPermission::shape), name: "item", flat: false, quiet: true }));
    product_codes: Option<Vec<ProductCode>> = ("ProductCodes", "ProductCodes", "productCodes", Body, false, false, Kind::List(&List { item: Kind::Structure(ProductCode::shape), name: "item", flat: false, quiet: true }));
    ramdisk_id: Option<AttributeValue> = ("RamdiskId", "Ramdisk", "ramdisk", Body, false, false, Kind::Structure(AttributeValue::shape));
    sriov_net_support: Option<AttributeValue> = ("SriovNetSupport", "SriovNetSupport", "sriovNetSupport", Body, false, false, Kind::Structure(AttributeValue::shape));
    tpm_support: Option<AttributeValue> = ("TpmSupport", "TpmSupport", "tpmSupport", Body, false, false, Kind::Structure(AttributeValue::shape));
    uefi_data: Option<AttributeValue> = ("UefiData", "UefiData", "uefiData", Body, false, false, Kind::Structure(AttributeValue::shape));
});

crate::structure!(ImageCriterion {
    creation_date_condition: Option<CreationDateCondition> = ("CreationDateCondition", "CreationDateCondition", "creationDateCondition", Body, false, false, Kind::Structure(CreationDateCondition::shape));
    deprecation_time_condition: Option<DeprecationTimeCondition> = ("DeprecationTimeCondition", "DeprecationTimeCondition", "deprecationTimeCondition", Body, false, false, Kind::Structure(DeprecationTimeCondition::shape));
    image_names: Vec<String> = ("ImageNames", "ImageNameSet", "imageNameSet", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    image_providers: Vec<String> = ("ImageProviders", "ImageProviderSet", "imageProviderSet", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    marketplace_product_codes: Vec<String> = ("MarketplaceProductCodes", "MarketplaceProductCodeSet", "marketplaceProductCodeSet", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
});

crate::structure!(ImageCriterionRequest {
    creation_date_condition: Option<CreationDateConditionRequest> = ("CreationDateCondition", "CreationDateCondition", "CreationDateCondition", Body, false, false, Kind::Structure(CreationDateConditionRequest::shape));
    deprecation_time_condition: Option<DeprecationTimeConditionRequest> = ("DeprecationTimeCondition", "DeprecationTimeCondition", "DeprecationTimeCondition", Body, false, false, Kind::Structure(DeprecationTimeConditionRequest::shape));
    image_names: Vec<String> = ("ImageNames", "ImageName", "ImageName", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    image_providers: Vec<String> = ("ImageProviders", "ImageProvider", "ImageProvider", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    marketplace_product_codes: Vec<String> = ("MarketplaceProductCodes", "MarketplaceProductCode", "MarketplaceProductCode", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
});

crate::structure!(ImportKeyPairRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    key_name: Option<String> = ("KeyName", "KeyName", "keyName", Body, true, false, Kind::String);
    public_key_material: Option<Bytes> = ("PublicKeyMaterial", "PublicKeyMaterial", "publicKeyMaterial", Body, true, false, Kind::Blob);
    tag_specifications: Vec<TagSpecification> = ("TagSpecifications", "TagSpecification", "TagSpecification", Body, false, false, Kind::List(&List { item: Kind::Structure(TagSpecification::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(ImportKeyPairResult {
    key_fingerprint: Option<String> = ("KeyFingerprint", "KeyFingerprint", "keyFingerprint", Body, false, false, Kind::String);
    key_name: Option<String> = ("KeyName", "KeyName", "keyName", Body, false, false, Kind::String);
    key_pair_id: Option<String> = ("KeyPairId", "KeyPairId", "keyPairId", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: true }));
});

crate::structure!(InferenceAcceleratorInfo {
    accelerators: Vec<InferenceDeviceInfo> = ("Accelerators", "Accelerators", "accelerators", Body, false, false, Kind::List(&List { item: Kind::Structure(InferenceDeviceInfo::shape), name: "item", flat: false, quiet: false }));
    total_inference_memory_in_mi_b: Option<i32> = ("TotalInferenceMemoryInMiB", "TotalInferenceMemoryInMiB", "totalInferenceMemoryInMiB", Body, false, false, Kind::Integer);
});

crate::structure!(InferenceDeviceInfo {
    count: Option<i32> = ("Count", "Count", "count", Body, false, false, Kind::Integer);
    manufacturer: Option<String> = ("Manufacturer", "Manufacturer", "manufacturer", Body, false, false, Kind::String);
    memory_info: Option<InferenceDeviceMemoryInfo> = ("MemoryInfo", "MemoryInfo", "memoryInfo", Body, false, false, Kind::Structure(InferenceDeviceMemoryInfo::shape));
    name: Option<String> = ("Name", "Name", "name", Body, false, false, Kind::String);
});

crate::structure!(InferenceDeviceMemoryInfo {
    size_in_mi_b: Option<i32> = ("SizeInMiB", "SizeInMiB", "sizeInMiB", Body, false, false, Kind::Integer);
});

crate::structure!(Instance {
    ami_launch_index: Option<i32> = ("AmiLaunchIndex", "AmiLaunchIndex", "amiLaunchIndex", Body, false, false, Kind::Integer);
    architecture: Option<String> = ("Architecture", "Architecture", "architecture", Body, false, false, Kind::String);
    block_device_mappings: Vec<InstanceBlockDeviceMapping> = ("BlockDeviceMappings", "BlockDeviceMapping", "blockDeviceMapping", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceBlockDeviceMapping::shape), name: "item", flat: false, quiet: false }));
    boot_mode: Option<String> = ("BootMode", "BootMode", "bootMode", Body, false, false, Kind::String);
    capacity_block_id: Option<String> = ("CapacityBlockId", "CapacityBlockId", "capacityBlockId", Body, false, false, Kind::String);
    capacity_reservation_id: Option<String> = ("CapacityReservationId", "CapacityReservationId", "capacityReservationId", Body, false, false, Kind::String);
    capacity_reservation_specification: Option<CapacityReservationSpecificationResponse> = ("CapacityReservationSpecification", "CapacityReservationSpecification", "capacityReservationSpecification", Body, false, false, Kind::Structure(CapacityReservationSpecificationResponse::shape));
    client_token: Option<String> = ("ClientToken", "ClientToken", "clientToken", Body, false, false, Kind::String);
    cpu_options: Option<CpuOptions> = ("CpuOptions", "CpuOptions", "cpuOptions", Body, false, false, Kind::Structure(CpuOptions::shape));
    current_instance_boot_mode: Option<String> = ("CurrentInstanceBootMode", "CurrentInstanceBootMode", "currentInstanceBootMode", Body, false, false, Kind::String);
    ebs_optimized: Option<bool> = ("EbsOptimized", "EbsOptimized", "ebsOptimized", Body, false, false, Kind::Boolean);
    elastic_gpu_associations: Vec<ElasticGpuAssociation> = ("ElasticGpuAssociations", "ElasticGpuAssociationSet", "elasticGpuAssociationSet", Body, false, false, Kind::List(&List { item: Kind::Structure(ElasticGpuAssociation::shape), name: "item", flat: false, quiet: true }));
    elastic_inference_accelerator_associations: Vec<ElasticInferenceAcceleratorAssociation> = ("ElasticInferenceAcceleratorAssociations", "ElasticInferenceAcceleratorAssociationSet", "elasticInferenceAcceleratorAssociationSet", Body, false, false, Kind::List(&List { item: Kind::Structure(ElasticInferenceAcceleratorAssociation::shape), name: "item", flat: false, quiet: true }));
    ena_support: Option<bool> = ("EnaSupport", "EnaSupport", "enaSupport", Body, false, false, Kind::Boolean);
    enclave_options: Option<EnclaveOptions> = ("EnclaveOptions", "EnclaveOptions", "enclaveOptions", Body, false, false, Kind::Structure(EnclaveOptions::shape));
    hibernation_options: Option<HibernationOptions> = ("HibernationOptions", "HibernationOptions", "hibernationOptions", Body, false, false, Kind::Structure(HibernationOptions::shape));
    hypervisor: Option<String> = ("Hypervisor", "Hypervisor", "hypervisor", Body, false, false, Kind::String);
    iam_instance_profile: Option<IamInstanceProfile> = ("IamInstanceProfile", "IamInstanceProfile", "iamInstanceProfile", Body, false, false, Kind::Structure(IamInstanceProfile::shape));
    image_id: Option<String> = ("ImageId", "ImageId", "imageId", Body, false, false, Kind::String);
    instance_id: Option<String> = ("InstanceId", "InstanceId", "instanceId", Body, false, false, Kind::String);
    instance_lifecycle: Option<String> = ("InstanceLifecycle", "InstanceLifecycle", "instanceLifecycle", Body, false, false, Kind::String);
    instance_type: Option<String> = ("InstanceType", "InstanceType", "instanceType", Body, false, false, Kind::String);
    ipv6_address: Option<String> = ("Ipv6Address", "Ipv6Address", "ipv6Address", Body, false, false, Kind::String);
    kernel_id: Option<String> = ("KernelId", "KernelId", "kernelId", Body, false, false, Kind::String);
    key_name: Option<String> = ("KeyName", "KeyName", "keyName", Body, false, false, Kind::String);
    launch_time: Option<Timestamp> = ("LaunchTime", "LaunchTime", "launchTime", Body, false, false, Kind::Timestamp);
    licenses: Vec<LicenseConfiguration> = ("Licenses", "LicenseSet", "licenseSet", Body, false, false, Kind::List(&List { item: Kind::Structure(LicenseConfiguration::shape), name: "item", flat: false, quiet: true }));
    maintenance_options: Option<InstanceMaintenanceOptions> = ("MaintenanceOptions", "MaintenanceOptions", "maintenanceOptions", Body, false, false, Kind::Structure(InstanceMaintenanceOptions::shape));
    metadata_options: Option<InstanceMetadataOptionsResponse> = ("MetadataOptions", "MetadataOptions", "metadataOptions", Body, false, false, Kind::Structure(InstanceMetadataOptionsResponse::shape));
    monitoring: Option<Monitoring> = ("Monitoring", "Monitoring", "monitoring", Body, false, false, Kind::Structure(Monitoring::shape));
    network_interfaces: Vec<InstanceNetworkInterface> = ("NetworkInterfaces", "NetworkInterfaceSet", "networkInterfaceSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceNetworkInterface::shape), name: "item", flat: false, quiet: false }));
    network_performance_options: Option<InstanceNetworkPerformanceOptions> = ("NetworkPerformanceOptions", "NetworkPerformanceOptions", "networkPerformanceOptions", Body, false, false, Kind::Structure(InstanceNetworkPerformanceOptions::shape));
    operator: Option<OperatorResponse> = ("Operator", "Operator", "operator", Body, false, false, Kind::Structure(OperatorResponse::shape));
    outpost_arn: Option<String> = ("OutpostArn", "OutpostArn", "outpostArn", Body, false, false, Kind::String);
    placement: Option<Placement> = ("Placement", "Placement", "placement", Body, false, false, Kind::Structure(Placement::shape));
    platform: Option<String> = ("Platform", "Platform", "platform", Body, false, false, Kind::String);
    platform_details: Option<String> = ("PlatformDetails", "PlatformDetails", "platformDetails", Body, false, false, Kind::String);
    private_dns_name: Option<String> = ("PrivateDnsName", "PrivateDnsName", "privateDnsName", Body, false, false, Kind::String);
    private_dns_name_options: Option<PrivateDnsNameOptionsResponse> = ("PrivateDnsNameOptions", "PrivateDnsNameOptions", "privateDnsNameOptions", Body, false, false, Kind::Structure(PrivateDnsNameOptionsResponse::shape));
    private_ip_address: Option<String> = ("PrivateIpAddress", "PrivateIpAddress", "privateIpAddress", Body, false, false, Kind::String);
    product_codes: Vec<ProductCode> = ("ProductCodes", "ProductCodes", "productCodes", Body, false, false, Kind::List(&List { item: Kind::Structure(ProductCode::shape), name: "item", flat: false, quiet: false }));
    public_dns_name: Option<String> = ("PublicDnsName", "DnsName", "dnsName", Body, false, false, Kind::String);
    public_ip_address: Option<String> = ("PublicIpAddress", "IpAddress", "ipAddress", Body, false, false, Kind::String);
    ramdisk_id: Option<String> = ("RamdiskId", "RamdiskId", "ramdiskId", Body, false, false, Kind::String);
    root_device_name: Option<String> = ("RootDeviceName", "RootDeviceName", "rootDeviceName", Body, false, false, Kind::String);
    root_device_type: Option<String> = ("RootDeviceType", "RootDeviceType", "rootDeviceType", Body, false, false, Kind::String);
    secondary_interfaces: Vec<InstanceSecondaryInterface> = ("SecondaryInterfaces", "SecondaryInterfaceSet", "secondaryInterfaceSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceSecondaryInterface::shape), name: "item", flat: false, quiet: false }));
    security_groups: Vec<GroupIdentifier> = ("SecurityGroups", "GroupSet", "groupSet", Body, false, false, Kind::List(&List { item: Kind::Structure(GroupIdentifier::shape), name: "item", flat: false, quiet: false }));
    source_dest_check: Option<bool> = ("SourceDestCheck", "SourceDestCheck", "sourceDestCheck", Body, false, false, Kind::Boolean);
    spot_instance_request_id: Option<String> = ("SpotInstanceRequestId", "SpotInstanceRequestId", "spotInstanceRequestId", Body, false, false, Kind::String);
    sriov_net_support: Option<String> = ("SriovNetSupport", "SriovNetSupport", "sriovNetSupport", Body, false, false, Kind::String);
    state: Option<InstanceState> = ("State", "InstanceState", "instanceState", Body, false, false, Kind::Structure(InstanceState::shape));
    state_reason: Option<StateReason> = ("StateReason", "StateReason", "stateReason", Body, false, false, Kind::Structure(StateReason::shape));
    state_transition_reason: Option<String> = ("StateTransitionReason", "Reason", "reason", Body, false, false, Kind::String);
    subnet_id: Option<String> = ("SubnetId", "SubnetId", "subnetId", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: true }));
    tpm_support: Option<String> = ("TpmSupport", "TpmSupport", "tpmSupport", Body, false, false, Kind::String);
    usage_operation: Option<String> = ("UsageOperation", "UsageOperation", "usageOperation", Body, false, false, Kind::String);
    usage_operation_update_time: Option<Timestamp> = ("UsageOperationUpdateTime", "UsageOperationUpdateTime", "usageOperationUpdateTime", Body, false, false, Kind::Timestamp);
    virtualization_type: Option<String> = ("VirtualizationType", "VirtualizationType", "virtualizationType", Body, false, false, Kind::String);
    vpc_id: Option<String> = ("VpcId", "VpcId", "vpcId", Body, false, false, Kind::String);
});

crate::structure!(InstanceAttachmentEnaSrdSpecification {
    ena_srd_enabled: Option<bool> = ("EnaSrdEnabled", "EnaSrdEnabled", "enaSrdEnabled", Body, false, false, Kind::Boolean);
    ena_srd_udp_specification: Option<InstanceAttachmentEnaSrdUdpSpecification> = ("EnaSrdUdpSpecification", "EnaSrdUdpSpecification", "enaSrdUdpSpecification", Body, false, false, Kind::Structure(InstanceAttachmentEnaSrdUdpSpecification::shape));
});

crate::structure!(InstanceAttachmentEnaSrdUdpSpecification {
    ena_srd_udp_enabled: Option<bool> = ("EnaSrdUdpEnabled", "EnaSrdUdpEnabled", "enaSrdUdpEnabled", Body, false, false, Kind::Boolean);
});

crate::structure!(InstanceAttribute {
    block_device_mappings: Option<Vec<InstanceBlockDeviceMapping>> = ("BlockDeviceMappings", "BlockDeviceMapping", "blockDeviceMapping", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceBlockDeviceMapping::shape), name: "item", flat: false, quiet: true }));
    disable_api_stop: Option<AttributeBooleanValue> = ("DisableApiStop", "DisableApiStop", "disableApiStop", Body, false, false, Kind::Structure(AttributeBooleanValue::shape));
    disable_api_termination: Option<AttributeBooleanValue> = ("DisableApiTermination", "DisableApiTermination", "disableApiTermination", Body, false, false, Kind::Structure(AttributeBooleanValue::shape));
    ebs_optimized: Option<AttributeBooleanValue> = ("EbsOptimized", "EbsOptimized", "ebsOptimized", Body, false, false, Kind::Structure(AttributeBooleanValue::shape));
    ena_support: Option<AttributeBooleanValue> = ("EnaSupport", "EnaSupport", "enaSupport", Body, false, false, Kind::Structure(AttributeBooleanValue::shape));
    enclave_options: Option<EnclaveOptions> = ("EnclaveOptions", "EnclaveOptions", "enclaveOptions", Body, false, false, Kind::Structure(EnclaveOptions::shape));
    groups: Option<Vec<GroupIdentifier>> = ("Groups", "GroupSet", "groupSet", Body, false, false, Kind::List(&List { item: Kind::Structure(GroupIdentifier::shape), name: "item", flat: false, quiet: true }));
    instance_id: Option<String> = ("InstanceId", "InstanceId", "instanceId", Body, false, false, Kind::String);
    instance_initiated_shutdown_behavior: Option<AttributeValue> = ("InstanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior", "instanceInitiatedShutdownBehavior", Body, false, false, Kind::Structure(AttributeValue::shape));
    instance_type: Option<AttributeValue> = ("InstanceType", "InstanceType", "instanceType", Body, false, false, Kind::Structure(AttributeValue::shape));
    kernel_id: Option<AttributeValue> = ("KernelId", "Kernel", "kernel", Body, false, false, Kind::Structure(AttributeValue::shape));
    product_codes: Option<Vec<ProductCode>> = ("ProductCodes", "ProductCodes", "productCodes", Body, false, false, Kind::List(&List { item: Kind::Structure(ProductCode::shape), name: "item", flat: false, quiet: true }));
    ramdisk_id: Option<AttributeValue> = ("RamdiskId", "Ramdisk", "ramdisk", Body, false, false, Kind::Structure(AttributeValue::shape));
    root_device_name: Option<AttributeValue> = ("RootDeviceName", "RootDeviceName", "rootDeviceName", Body, false, false, Kind::Structure(AttributeValue::shape));
    source_dest_check: Option<AttributeBooleanValue> = ("SourceDestCheck", "SourceDestCheck", "sourceDestCheck", Body, false, false, Kind::Structure(AttributeBooleanValue::shape));
    sriov_net_support: Option<AttributeValue> = ("SriovNetSupport", "SriovNetSupport", "sriovNetSupport", Body, false, false, Kind::Structure(AttributeValue::shape));
    user_data: Option<AttributeValue> = ("UserData", "UserData", "userData", Body, false, false, Kind::Structure(AttributeValue::shape));
});

crate::structure!(InstanceBlockDeviceMapping {
    device_name: Option<String> = ("DeviceName", "DeviceName", "deviceName", Body, false, false, Kind::String);
    ebs: Option<EbsInstanceBlockDevice> = ("Ebs", "Ebs", "ebs", Body, false, false, Kind::Structure(EbsInstanceBlockDevice::shape));
});

crate::structure!(InstanceBlockDeviceMappingSpecification {
    device_name: Option<String> = ("DeviceName", "DeviceName", "deviceName", Body, false, false, Kind::String);
    ebs: Option<EbsInstanceBlockDeviceSpecification> = ("Ebs", "Ebs", "ebs", Body, false, false, Kind::Structure(EbsInstanceBlockDeviceSpecification::shape));
    no_device: Option<String> = ("NoDevice", "NoDevice", "noDevice", Body, false, false, Kind::String);
    virtual_name: Option<String> = ("VirtualName", "VirtualName", "virtualName", Body, false, false, Kind::String);
});

crate::structure!(InstanceIpv4Prefix {
    ipv4_prefix: Option<String> = ("Ipv4Prefix", "Ipv4Prefix", "ipv4Prefix", Body, false, false, Kind::String);
});

crate::structure!(InstanceIpv6Address {
    ipv6_address: Option<String> = ("Ipv6Address", "Ipv6Address", "ipv6Address", Body, false, false, Kind::String);
    is_primary_ipv6: Option<bool> = ("IsPrimaryIpv6", "IsPrimaryIpv6", "isPrimaryIpv6", Body, false, false, Kind::Boolean);
});

crate::structure!(InstanceIpv6Prefix {
    ipv6_prefix: Option<String> = ("Ipv6Prefix", "Ipv6Prefix", "ipv6Prefix", Body, false, false, Kind::String);
});

crate::structure!(InstanceMaintenanceOptions {
    auto_recovery: Option<String> = ("AutoRecovery", "AutoRecovery", "autoRecovery", Body, false, false, Kind::String);
    reboot_migration: Option<String> = ("RebootMigration", "RebootMigration", "rebootMigration", Body, false, false, Kind::String);
});

crate::structure!(InstanceMaintenanceOptionsRequest {
    auto_recovery: Option<String> = ("AutoRecovery", "AutoRecovery", "AutoRecovery", Body, false, false, Kind::String);
});

crate::structure!(InstanceMarketOptionsRequest {
    market_type: Option<String> = ("MarketType", "MarketType", "MarketType", Body, false, false, Kind::String);
    spot_options: Option<SpotMarketOptions> = ("SpotOptions", "SpotOptions", "SpotOptions", Body, false, false, Kind::Structure(SpotMarketOptions::shape));
});

crate::structure!(InstanceMetadataOptionsRequest {
    http_endpoint: Option<String> = ("HttpEndpoint", "HttpEndpoint", "HttpEndpoint", Body, false, false, Kind::String);
    http_protocol_ipv6: Option<String> = ("HttpProtocolIpv6", "HttpProtocolIpv6", "HttpProtocolIpv6", Body, false, false, Kind::String);
    http_put_response_hop_limit: Option<i32> = ("HttpPutResponseHopLimit", "HttpPutResponseHopLimit", "HttpPutResponseHopLimit", Body, false, false, Kind::Integer);
    http_tokens: Option<String> = ("HttpTokens", "HttpTokens", "HttpTokens", Body, false, false, Kind::String);
    instance_metadata_tags: Option<String> = ("InstanceMetadataTags", "InstanceMetadataTags", "InstanceMetadataTags", Body, false, false, Kind::String);
});

crate::structure!(InstanceMetadataOptionsResponse {
    http_endpoint: Option<String> = ("HttpEndpoint", "HttpEndpoint", "httpEndpoint", Body, false, false, Kind::String);
    http_protocol_ipv6: Option<String> = ("HttpProtocolIpv6", "HttpProtocolIpv6", "httpProtocolIpv6", Body, false, false, Kind::String);
    http_put_response_hop_limit: Option<i32> = ("HttpPutResponseHopLimit", "HttpPutResponseHopLimit", "httpPutResponseHopLimit", Body, false, false, Kind::Integer);
    http_tokens: Option<String> = ("HttpTokens", "HttpTokens", "httpTokens", Body, false, false, Kind::String);
    instance_metadata_tags: Option<String> = ("InstanceMetadataTags", "InstanceMetadataTags", "instanceMetadataTags", Body, false, false, Kind::String);
    state: Option<String> = ("State", "State", "state", Body, false, false, Kind::String);
});

crate::structure!(InstanceNetworkInterface {
    association: Option<InstanceNetworkInterfaceAssociation> = ("Association", "Association", "association", Body, false, false, Kind::Structure(InstanceNetworkInterfaceAssociation::shape));
    attachment: Option<InstanceNetworkInterfaceAttachment> = ("Attachment", "Attachment", "attachment", Body, false, false, Kind::Structure(InstanceNetworkInterfaceAttachment::shape));
    connection_tracking_configuration: Option<ConnectionTrackingSpecificationResponse> = ("ConnectionTrackingConfiguration", "ConnectionTrackingConfiguration", "connectionTrackingConfiguration", Body, false, false, Kind::Structure(ConnectionTrackingSpecificationResponse::shape));
    description: Option<String> = ("Description", "Description", "description", Body, false, false, Kind::String);
    groups: Vec<GroupIdentifier> = ("Groups", "GroupSet", "groupSet", Body, false, false, Kind::List(&List { item: Kind::Structure(GroupIdentifier::shape), name: "item", flat: false, quiet: false }));
    interface_type: Option<String> = ("InterfaceType", "InterfaceType", "interfaceType", Body, false, false, Kind::String);
    ipv4_prefixes: Vec<InstanceIpv4Prefix> = ("Ipv4Prefixes", "Ipv4PrefixSet", "ipv4PrefixSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceIpv4Prefix::shape), name: "item", flat: false, quiet: false }));
    ipv6_addresses: Vec<InstanceIpv6Address> = ("Ipv6Addresses", "Ipv6AddressesSet", "ipv6AddressesSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceIpv6Address::shape), name: "item", flat: false, quiet: false }));
    ipv6_prefixes: Vec<InstanceIpv6Prefix> = ("Ipv6Prefixes", "Ipv6PrefixSet", "ipv6PrefixSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceIpv6Prefix::shape), name: "item", flat: false, quiet: false }));
    mac_address: Option<String> = ("MacAddress", "MacAddress", "macAddress", Body, false, false, Kind::String);
    network_interface_id: Option<String> = ("NetworkInterfaceId", "NetworkInterfaceId", "networkInterfaceId", Body, false, false, Kind::String);
    operator: Option<OperatorResponse> = ("Operator", "Operator", "operator", Body, false, false, Kind::Structure(OperatorResponse::shape));
    owner_id: Option<String> = ("OwnerId", "OwnerId", "ownerId", Body, false, false, Kind::String);
    private_dns_name: Option<String> = ("PrivateDnsName", "PrivateDnsName", "privateDnsName", Body, false, false, Kind::String);
    private_ip_address: Option<String> = ("PrivateIpAddress", "PrivateIpAddress", "privateIpAddress", Body, false, false, Kind::String);
    private_ip_addresses: Vec<InstancePrivateIpAddress> = ("PrivateIpAddresses", "PrivateIpAddressesSet", "privateIpAddressesSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstancePrivateIpAddress::shape), name: "item", flat: false, quiet: false }));
    source_dest_check: Option<bool> = ("SourceDestCheck", "SourceDestCheck", "sourceDestCheck", Body, false, false, Kind::Boolean);
    status: Option<String> = ("Status", "Status", "status", Body, false, false, Kind::String);
    subnet_id: Option<String> = ("SubnetId", "SubnetId", "subnetId", Body, false, false, Kind::String);
    vpc_id: Option<String> = ("VpcId", "VpcId", "vpcId", Body, false, false, Kind::String);
});

crate::structure!(InstanceNetworkInterfaceAssociation {
    carrier_ip: Option<String> = ("CarrierIp", "CarrierIp", "carrierIp", Body, false, false, Kind::String);
    customer_owned_ip: Option<String> = ("CustomerOwnedIp", "CustomerOwnedIp", "customerOwnedIp", Body, false, false, Kind::String);
    ip_owner_id: Option<String> = ("IpOwnerId", "IpOwnerId", "ipOwnerId", Body, false, false, Kind::String);
    public_dns_name: Option<String> = ("PublicDnsName", "PublicDnsName", "publicDnsName", Body, false, false, Kind::String);
    public_ip: Option<String> = ("PublicIp", "PublicIp", "publicIp", Body, false, false, Kind::String);
});

crate::structure!(InstanceNetworkInterfaceAttachment {
    attach_time: Option<Timestamp> = ("AttachTime", "AttachTime", "attachTime", Body, false, false, Kind::Timestamp);
    attachment_id: Option<String> = ("AttachmentId", "AttachmentId", "attachmentId", Body, false, false, Kind::String);
    delete_on_termination: Option<bool> = ("DeleteOnTermination", "DeleteOnTermination", "deleteOnTermination", Body, false, false, Kind::Boolean);
    device_index: Option<i32> = ("DeviceIndex", "DeviceIndex", "deviceIndex", Body, false, false, Kind::Integer);
    ena_queue_count: Option<i32> = ("EnaQueueCount", "EnaQueueCount", "enaQueueCount", Body, false, false, Kind::Integer);
    ena_srd_specification: Option<InstanceAttachmentEnaSrdSpecification> = ("EnaSrdSpecification", "EnaSrdSpecification", "enaSrdSpecification", Body, false, false, Kind::Structure(InstanceAttachmentEnaSrdSpecification::shape));
    network_card_index: Option<i32> = ("NetworkCardIndex", "NetworkCardIndex", "networkCardIndex", Body, false, false, Kind::Integer);
    status: Option<String> = ("Status", "Status", "status", Body, false, false, Kind::String);
});

crate::structure!(InstanceNetworkInterfaceSpecification {
    associate_carrier_ip_address: Option<bool> = ("AssociateCarrierIpAddress", "AssociateCarrierIpAddress", "AssociateCarrierIpAddress", Body, false, false, Kind::Boolean);
    associate_public_ip_address: Option<bool> = ("AssociatePublicIpAddress", "AssociatePublicIpAddress", "associatePublicIpAddress", Body, false, false, Kind::Boolean);
    connection_tracking_specification: Option<ConnectionTrackingSpecificationRequest> = ("ConnectionTrackingSpecification", "ConnectionTrackingSpecification", "ConnectionTrackingSpecification", Body, false, false, Kind::Structure(ConnectionTrackingSpecificationRequest::shape));
    delete_on_termination: Option<bool> = ("DeleteOnTermination", "DeleteOnTermination", "deleteOnTermination", Body, false, false, Kind::Boolean);
    description: Option<String> = ("Description", "Description", "description", Body, false, false, Kind::String);
    device_index: Option<i32> = ("DeviceIndex", "DeviceIndex", "deviceIndex", Body, false, false, Kind::Integer);
    ena_queue_count: Option<i32> = ("EnaQueueCount", "EnaQueueCount", "EnaQueueCount", Body, false, false, Kind::Integer);
    ena_srd_specification: Option<EnaSrdSpecificationRequest> = ("EnaSrdSpecification", "EnaSrdSpecification", "EnaSrdSpecification", Body, false, false, Kind::Structure(EnaSrdSpecificationRequest::shape));
    groups: Vec<String> = ("Groups", "SecurityGroupId", "SecurityGroupId", Body, false, false, Kind::List(&List { item: Kind::String, name: "SecurityGroupId", flat: false, quiet: false }));
    interface_type: Option<String> = ("InterfaceType", "InterfaceType", "InterfaceType", Body, false, false, Kind::String);
    ipv4_prefix_count: Option<i32> = ("Ipv4PrefixCount", "Ipv4PrefixCount", "Ipv4PrefixCount", Body, false, false, Kind::Integer);
    ipv4_prefixes: Vec<Ipv4PrefixSpecificationRequest> = ("Ipv4Prefixes", "Ipv4Prefix", "Ipv4Prefix", Body, false, false, Kind::List(&List { item: Kind::Structure(Ipv4PrefixSpecificationRequest::shape), name: "item", flat: false, quiet: false }));
    ipv6_address_count: Option<i32> = ("Ipv6AddressCount", "Ipv6AddressCount", "ipv6AddressCount", Body, false, false, Kind::Integer);
    ipv6_addresses: Vec<InstanceIpv6Address> = ("Ipv6Addresses", "Ipv6Addresses", "ipv6AddressesSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceIpv6Address::shape), name: "item", flat: false, quiet: false }));
    ipv6_prefix_count: Option<i32> = ("Ipv6PrefixCount", "Ipv6PrefixCount", "Ipv6PrefixCount", Body, false, false, Kind::Integer);
    ipv6_prefixes: Vec<Ipv6PrefixSpecificationRequest> = ("Ipv6Prefixes", "Ipv6Prefix", "Ipv6Prefix", Body, false, false, Kind::List(&List { item: Kind::Structure(Ipv6PrefixSpecificationRequest::shape), name: "item", flat: false, quiet: false }));
    network_card_index: Option<i32> = ("NetworkCardIndex", "NetworkCardIndex", "NetworkCardIndex", Body, false, false, Kind::Integer);
    network_interface_id: Option<String> = ("NetworkInterfaceId", "NetworkInterfaceId", "networkInterfaceId", Body, false, false, Kind::String);
    primary_ipv6: Option<bool> = ("PrimaryIpv6", "PrimaryIpv6", "PrimaryIpv6", Body, false, false, Kind::Boolean);
    private_ip_address: Option<String> = ("PrivateIpAddress", "PrivateIpAddress", "privateIpAddress", Body, false, false, Kind::String);
    private_ip_addresses: Vec<PrivateIpAddressSpecification> = ("PrivateIpAddresses", "PrivateIpAddresses", "privateIpAddressesSet", Body, false, false, Kind::List(&List { item: Kind::Structure(PrivateIpAddressSpecification::shape), name: "item", flat: false, quiet: false }));
    secondary_private_ip_address_count: Option<i32> = ("SecondaryPrivateIpAddressCount", "SecondaryPrivateIpAddressCount", "secondaryPrivateIpAddressCount", Body, false, false, Kind::Integer);
    subnet_id: Option<String> = ("SubnetId", "SubnetId", "subnetId", Body, false, false, Kind::String);
});

crate::structure!(InstanceNetworkPerformanceOptions {
    bandwidth_weighting: Option<String> = ("BandwidthWeighting", "BandwidthWeighting", "bandwidthWeighting", Body, false, false, Kind::String);
});

crate::structure!(InstanceNetworkPerformanceOptionsRequest {
    bandwidth_weighting: Option<String> = ("BandwidthWeighting", "BandwidthWeighting", "BandwidthWeighting", Body, false, false, Kind::String);
});

crate::structure!(InstancePrivateIpAddress {
    association: Option<InstanceNetworkInterfaceAssociation> = ("Association", "Association", "association", Body, false, false, Kind::Structure(InstanceNetworkInterfaceAssociation::shape));
    primary: Option<bool> = ("Primary", "Primary", "primary", Body, false, false, Kind::Boolean);
    private_dns_name: Option<String> = ("PrivateDnsName", "PrivateDnsName", "privateDnsName", Body, false, false, Kind::String);
    private_ip_address: Option<String> = ("PrivateIpAddress", "PrivateIpAddress", "privateIpAddress", Body, false, false, Kind::String);
});

crate::structure!(InstanceSecondaryInterface {
    attachment: Option<InstanceSecondaryInterfaceAttachment> = ("Attachment", "Attachment", "attachment", Body, false, false, Kind::Structure(InstanceSecondaryInterfaceAttachment::shape));
    interface_type: Option<String> = ("InterfaceType", "InterfaceType", "interfaceType", Body, false, false, Kind::String);
    mac_address: Option<String> = ("MacAddress", "MacAddress", "macAddress", Body, false, false, Kind::String);
    owner_id: Option<String> = ("OwnerId", "OwnerId", "ownerId", Body, false, false, Kind::String);
    private_ip_addresses: Vec<InstanceSecondaryInterfacePrivateIpAddress> = ("PrivateIpAddresses", "PrivateIpAddressSet", "privateIpAddressSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceSecondaryInterfacePrivateIpAddress::shape), name: "item", flat: false, quiet: false }));
    secondary_interface_id: Option<String> = ("SecondaryInterfaceId", "SecondaryInterfaceId", "secondaryInterfaceId", Body, false, false, Kind::String);
    secondary_network_id: Option<String> = ("SecondaryNetworkId", "SecondaryNetworkId", "secondaryNetworkId", Body, false, false, Kind::String);
    secondary_subnet_id: Option<String> = ("SecondarySubnetId", "SecondarySubnetId", "secondarySubnetId", Body, false, false, Kind::String);
    source_dest_check: Option<bool> = ("SourceDestCheck", "SourceDestCheck", "sourceDestCheck", Body, false, false, Kind::Boolean);
    status: Option<String> = ("Status", "Status", "status", Body, false, false, Kind::String);
});

crate::structure!(InstanceSecondaryInterfaceAttachment {
    attach_time: Option<Timestamp> = ("AttachTime", "AttachTime", "attachTime", Body, false, false, Kind::Timestamp);
    attachment_id: Option<String> = ("AttachmentId", "AttachmentId", "attachmentId", Body, false, false, Kind::String);
    delete_on_termination: Option<bool> = ("DeleteOnTermination", "DeleteOnTermination", "deleteOnTermination", Body, false, false, Kind::Boolean);
    device_index: Option<i32> = ("DeviceIndex", "DeviceIndex", "deviceIndex", Body, false, false, Kind::Integer);
    network_card_index: Option<i32> = ("NetworkCardIndex", "NetworkCardIndex", "networkCardIndex", Body, false, false, Kind::Integer);
    status: Option<String> = ("Status", "Status", "status", Body, false, false, Kind::String);
});

crate::structure!(InstanceSecondaryInterfacePrivateIpAddress {
    private_ip_address: Option<String> = ("PrivateIpAddress", "PrivateIpAddress", "privateIpAddress", Body, false, false, Kind::String);
});

crate::structure!(InstanceSecondaryInterfacePrivateIpAddressRequest {
    private_ip_address: Option<String> = ("PrivateIpAddress", "PrivateIpAddress", "PrivateIpAddress", Body, true, false, Kind::String);
});

crate::structure!(InstanceSecondaryInterfaceSpecificationRequest {
    delete_on_termination: Option<bool> = ("DeleteOnTermination", "DeleteOnTermination", "DeleteOnTermination", Body, false, false, Kind::Boolean);
    device_index: Option<i32> = ("DeviceIndex", "DeviceIndex", "DeviceIndex", Body, false, false, Kind::Integer);
    interface_type: Option<String> = ("InterfaceType", "InterfaceType", "InterfaceType", Body, false, false, Kind::String);
    network_card_index: Option<i32> = ("NetworkCardIndex", "NetworkCardIndex", "NetworkCardIndex", Body, false, false, Kind::Integer);
    private_ip_address_count: Option<i32> = ("PrivateIpAddressCount", "PrivateIpAddressCount", "PrivateIpAddressCount", Body, false, false, Kind::Integer);
    private_ip_addresses: Vec<InstanceSecondaryInterfacePrivateIpAddressRequest> = ("PrivateIpAddresses", "PrivateIpAddress", "PrivateIpAddress", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceSecondaryInterfacePrivateIpAddressRequest::shape), name: "item", flat: false, quiet: false }));
    secondary_subnet_id: Option<String> = ("SecondarySubnetId", "SecondarySubnetId", "SecondarySubnetId", Body, false, false, Kind::String);
});

crate::structure!(InstanceState {
    code: Option<i32> = ("Code", "Code", "code", Body, false, false, Kind::Integer);
    name: Option<String> = ("Name", "Name", "name", Body, false, false, Kind::String);
});

crate::structure!(InstanceStateChange {
    current_state: Option<InstanceState> = ("CurrentState", "CurrentState", "currentState", Body, false, false, Kind::Structure(InstanceState::shape));
    instance_id: Option<String> = ("InstanceId", "InstanceId", "instanceId", Body, false, false, Kind::String);
    previous_state: Option<InstanceState> = ("PreviousState", "PreviousState", "previousState", Body, false, false, Kind::Structure(InstanceState::shape));
});

crate::structure!(InstanceStatus {
    attached_ebs_status: Option<EbsStatusSummary> = ("AttachedEbsStatus", "AttachedEbsStatus", "attachedEbsStatus", Body, false, false, Kind::Structure(EbsStatusSummary::shape));
    availability_zone: Option<String> = ("AvailabilityZone", "AvailabilityZone", "availabilityZone", Body, false, false, Kind::String);
    availability_zone_id: Option<String> = ("AvailabilityZoneId", "AvailabilityZoneId", "availabilityZoneId", Body, false, false, Kind::String);
    events: Vec<InstanceStatusEvent> = ("Events", "EventsSet", "eventsSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceStatusEvent::shape), name: "item", flat: false, quiet: false }));
    instance_id: Option<String> = ("InstanceId", "InstanceId", "instanceId", Body, false, false, Kind::String);
    instance_state: Option<InstanceState> = ("InstanceState", "InstanceState", "instanceState", Body, false, false, Kind::Structure(InstanceState::shape));
    instance_status: Option<InstanceStatusSummary> = ("InstanceStatus", "InstanceStatus", "instanceStatus", Body, false, false, Kind::Structure(InstanceStatusSummary::shape));
    operator: Option<OperatorResponse> = ("Operator", "Operator", "operator", Body, false, false, Kind::Structure(OperatorResponse::shape));
    outpost_arn: Option<String> = ("OutpostArn", "OutpostArn", "outpostArn", Body, false, false, Kind::String);
    system_status: Option<InstanceStatusSummary> = ("SystemStatus", "SystemStatus", "systemStatus", Body, false, false, Kind::Structure(InstanceStatusSummary::shape));
});

crate::structure!(InstanceStatusDetails {
    impaired_since: Option<Timestamp> = ("ImpairedSince", "ImpairedSince", "impairedSince", Body, false, false, Kind::Timestamp);
    name: Option<String> = ("Name", "Name", "name", Body, false, false, Kind::String);
    status: Option<String> = ("Status", "Status", "status", Body, false, false, Kind::String);
});

crate::structure!(InstanceStatusEvent {
    code: Option<String> = ("Code", "Code", "code", Body, false, false, Kind::String);
    description: Option<String> = ("Description", "Description", "description", Body, false, false, Kind::String);
    instance_event_id: Option<String> = ("InstanceEventId", "InstanceEventId", "instanceEventId", Body, false, false, Kind::String);
    not_after: Option<Timestamp> = ("NotAfter", "NotAfter", "notAfter", Body, false, false, Kind::Timestamp);
    not_before: Option<Timestamp> = ("NotBefore", "NotBefore", "notBefore", Body, false, false, Kind::Timestamp);
    not_before_deadline: Option<Timestamp> = ("NotBeforeDeadline", "NotBeforeDeadline", "notBeforeDeadline", Body, false, false, Kind::Timestamp);
});

crate::structure!(InstanceStatusSummary {
    details: Vec<InstanceStatusDetails> = ("Details", "Details", "details", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceStatusDetails::shape), name: "item", flat: false, quiet: false }));
    status: Option<String> = ("Status", "Status", "status", Body, false, false, Kind::String);
});

crate::structure!(InstanceStorageInfo {
    disks: Vec<DiskInfo> = ("Disks", "Disks", "disks", Body, false, false, Kind::List(&List { item: Kind::Structure(DiskInfo::shape), name: "item", flat: false, quiet: false }));
    encryption_support: Option<String> = ("EncryptionSupport", "EncryptionSupport", "encryptionSupport", Body, false, false, Kind::String);
    nvme_support: Option<String> = ("NvmeSupport", "NvmeSupport", "nvmeSupport", Body, false, false, Kind::String);
    total_size_in_gb: Option<i64> = ("TotalSizeInGB", "TotalSizeInGB", "totalSizeInGB", Body, false, false, Kind::Long);
});

crate::structure!(InstanceTypeInfo {
    auto_recovery_supported: Option<bool> = ("AutoRecoverySupported", "AutoRecoverySupported", "autoRecoverySupported", Body, false, false, Kind::Boolean);
    bare_metal: Option<bool> = ("BareMetal", "BareMetal", "bareMetal", Body, false, false, Kind::Boolean);
    burstable_performance_supported: Option<bool> = ("BurstablePerformanceSupported", "BurstablePerformanceSupported", "burstablePerformanceSupported", Body, false, false, Kind::Boolean);
    current_generation: Option<bool> = ("CurrentGeneration", "CurrentGeneration", "currentGeneration", Body, false, false, Kind::Boolean);
    dedicated_hosts_supported: Option<bool> = ("DedicatedHostsSupported", "DedicatedHostsSupported", "dedicatedHostsSupported", Body, false, false, Kind::Boolean);
    ebs_info: Option<EbsInfo> = ("EbsInfo", "EbsInfo", "ebsInfo", Body, false, false, Kind::Structure(EbsInfo::shape));
    fpga_info: Option<FpgaInfo> = ("FpgaInfo", "FpgaInfo", "fpgaInfo", Body, false, false, Kind::Structure(FpgaInfo::shape));
    free_tier_eligible: Option<bool> = ("FreeTierEligible", "FreeTierEligible", "freeTierEligible", Body, false, false, Kind::Boolean);
    gpu_info: Option<GpuInfo> = ("GpuInfo", "GpuInfo", "gpuInfo", Body, false, false, Kind::Structure(GpuInfo::shape));
    hibernation_supported: Option<bool> = ("HibernationSupported", "HibernationSupported", "hibernationSupported", Body, false, false, Kind::Boolean);
    hypervisor: Option<String> = ("Hypervisor", "Hypervisor", "hypervisor", Body, false, false, Kind::String);
    inference_accelerator_info: Option<InferenceAcceleratorInfo> = ("InferenceAcceleratorInfo", "InferenceAcceleratorInfo", "inferenceAcceleratorInfo", Body, false, false, Kind::Structure(InferenceAcceleratorInfo::shape));
    instance_storage_info: Option<InstanceStorageInfo> = ("InstanceStorageInfo", "InstanceStorageInfo", "instanceStorageInfo", Body, false, false, Kind::Structure(InstanceStorageInfo::shape));
    instance_storage_supported: Option<bool> = ("InstanceStorageSupported", "InstanceStorageSupported", "instanceStorageSupported", Body, false, false, Kind::Boolean);
    instance_type: Option<String> = ("InstanceType", "InstanceType", "instanceType", Body, false, false, Kind::String);
    media_accelerator_info: Option<MediaAcceleratorInfo> = ("MediaAcceleratorInfo", "MediaAcceleratorInfo", "mediaAcceleratorInfo", Body, false, false, Kind::Structure(MediaAcceleratorInfo::shape));
    memory_info: Option<MemoryInfo> = ("MemoryInfo", "MemoryInfo", "memoryInfo", Body, false, false, Kind::Structure(MemoryInfo::shape));
    network_info: Option<NetworkInfo> = ("NetworkInfo", "NetworkInfo", "networkInfo", Body, false, false, Kind::Structure(NetworkInfo::shape));
    neuron_info: Option<NeuronInfo> = ("NeuronInfo", "NeuronInfo", "neuronInfo", Body, false, false, Kind::Structure(NeuronInfo::shape));
    nitro_enclaves_support: Option<String> = ("NitroEnclavesSupport", "NitroEnclavesSupport", "nitroEnclavesSupport", Body, false, false, Kind::String);
    nitro_tpm_info: Option<NitroTpmInfo> = ("NitroTpmInfo", "NitroTpmInfo", "nitroTpmInfo", Body, false, false, Kind::Structure(NitroTpmInfo::shape));
    nitro_tpm_support: Option<String> = ("NitroTpmSupport", "NitroTpmSupport", "nitroTpmSupport", Body, false, false, Kind::String);
    phc_support: Option<String> = ("PhcSupport", "PhcSupport", "phcSupport", Body, false, false, Kind::String);
    placement_group_info: Option<PlacementGroupInfo> = ("PlacementGroupInfo", "PlacementGroupInfo", "placementGroupInfo", Body, false, false, Kind::Structure(PlacementGroupInfo::shape));
    processor_info: Option<ProcessorInfo> = ("ProcessorInfo", "ProcessorInfo", "processorInfo", Body, false, false, Kind::Structure(ProcessorInfo::shape));
    reboot_migration_support: Option<String> = ("RebootMigrationSupport", "RebootMigrationSupport", "rebootMigrationSupport", Body, false, false, Kind::String);
    supported_boot_modes: Vec<String> = ("SupportedBootModes", "SupportedBootModes", "supportedBootModes", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    supported_in_region: Option<bool> = ("SupportedInRegion", "SupportedInRegion", "supportedInRegion", Body, false, false, Kind::Boolean);
    supported_root_device_types: Vec<String> = ("SupportedRootDeviceTypes", "SupportedRootDeviceTypes", "supportedRootDeviceTypes", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    supported_usage_classes: Vec<String> = ("SupportedUsageClasses", "SupportedUsageClasses", "supportedUsageClasses", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    supported_virtualization_types: Vec<String> = ("SupportedVirtualizationTypes", "SupportedVirtualizationTypes", "supportedVirtualizationTypes", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    v_cpu_info: Option<VCpuInfo> = ("VCpuInfo", "VCpuInfo", "vCpuInfo", Body, false, false, Kind::Structure(VCpuInfo::shape));
});

crate::structure!(InstanceTypeOffering {
    instance_type: Option<String> = ("InstanceType", "InstanceType", "instanceType", Body, false, false, Kind::String);
    location: Option<String> = ("Location", "Location", "location", Body, false, false, Kind::String);
    location_type: Option<String> = ("LocationType", "LocationType", "locationType", Body, false, false, Kind::String);
});

crate::structure!(IpPermission {
    from_port: Option<i32> = ("FromPort", "FromPort", "fromPort", Body, false, false, Kind::Integer);
    ip_protocol: Option<String> = ("IpProtocol", "IpProtocol", "ipProtocol", Body, false, false, Kind::String);
    ip_ranges: Vec<IpRange> = ("IpRanges", "IpRanges", "ipRanges", Body, false, false, Kind::List(&List { item: Kind::Structure(IpRange::shape), name: "item", flat: false, quiet: false }));
    ipv6_ranges: Vec<Ipv6Range> = ("Ipv6Ranges", "Ipv6Ranges", "ipv6Ranges", Body, false, false, Kind::List(&List { item: Kind::Structure(Ipv6Range::shape), name: "item", flat: false, quiet: false }));
    prefix_list_ids: Vec<PrefixListId> = ("PrefixListIds", "PrefixListIds", "prefixListIds", Body, false, false, Kind::List(&List { item: Kind::Structure(PrefixListId::shape), name: "item", flat: false, quiet: false }));
    to_port: Option<i32> = ("ToPort", "ToPort", "toPort", Body, false, false, Kind::Integer);
    user_id_group_pairs: Vec<UserIdGroupPair> = ("UserIdGroupPairs", "Groups", "groups", Body, false, false, Kind::List(&List { item: Kind::Structure(UserIdGroupPair::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(IpRange {
    cidr_ip: Option<String> = ("CidrIp", "CidrIp", "cidrIp", Body, false, false, Kind::String);
    description: Option<String> = ("Description", "Description", "description", Body, false, false, Kind::String);
});

crate::structure!(Ipv4PrefixSpecification {
    ipv4_prefix: Option<String> = ("Ipv4Prefix", "Ipv4Prefix", "ipv4Prefix", Body, false, false, Kind::String);
});

crate::structure!(Ipv4PrefixSpecificationRequest {
    ipv4_prefix: Option<String> = ("Ipv4Prefix", "Ipv4Prefix", "Ipv4Prefix", Body, false, false, Kind::String);
});

crate::structure!(Ipv6PrefixSpecification {
    ipv6_prefix: Option<String> = ("Ipv6Prefix", "Ipv6Prefix", "ipv6Prefix", Body, false, false, Kind::String);
});

crate::structure!(Ipv6PrefixSpecificationRequest {
    ipv6_prefix: Option<String> = ("Ipv6Prefix", "Ipv6Prefix", "Ipv6Prefix", Body, false, false, Kind::String);
});

crate::structure!(Ipv6Range {
    cidr_ipv6: Option<String> = ("CidrIpv6", "CidrIpv6", "cidrIpv6", Body, false, false, Kind::String);
    description: Option<String> = ("Description", "Description", "description", Body, false, false, Kind::String);
});

crate::structure!(KeyPair {
    key_fingerprint: Option<String> = ("KeyFingerprint", "KeyFingerprint", "keyFingerprint", Body, false, false, Kind::String);
    key_material: Option<String> = ("KeyMaterial", "KeyMaterial", "keyMaterial", Body, false, true, Kind::String);
    key_name: Option<String> = ("KeyName", "KeyName", "keyName", Body, false, false, Kind::String);
    key_pair_id: Option<String> = ("KeyPairId", "KeyPairId", "keyPairId", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: true }));
});

crate::structure!(KeyPairInfo {
    create_time: Option<Timestamp> = ("CreateTime", "CreateTime", "createTime", Body, false, false, Kind::Timestamp);
    key_fingerprint: Option<String> = ("KeyFingerprint", "KeyFingerprint", "keyFingerprint", Body, false, false, Kind::String);
    key_name: Option<String> = ("KeyName", "KeyName", "keyName", Body, false, false, Kind::String);
    key_pair_id: Option<String> = ("KeyPairId", "KeyPairId", "keyPairId", Body, false, false, Kind::String);
    key_type: Option<String> = ("KeyType", "KeyType", "keyType", Body, false, false, Kind::String);
    public_key: Option<String> = ("PublicKey", "PublicKey", "publicKey", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(LaunchPermission {
    group: Option<String> = ("Group", "Group", "group", Body, false, false, Kind::String);
    organization_arn: Option<String> = ("OrganizationArn", "OrganizationArn", "organizationArn", Body, false, false, Kind::String);
    organizational_unit_arn: Option<String> = ("OrganizationalUnitArn", "OrganizationalUnitArn", "organizationalUnitArn", Body, false, false, Kind::String);
    user_id: Option<String> = ("UserId", "UserId", "userId", Body, false, false, Kind::String);
});

crate::structure!(LaunchPermissionModifications {
    add: Vec<LaunchPermission> = ("Add", "Add", "Add", Body, false, false, Kind::List(&List { item: Kind::Structure(LaunchPermission::shape), name: "item", flat: false, quiet: false }));
    remove: Vec<LaunchPermission> = ("Remove", "Remove", "Remove", Body, false, false, Kind::List(&List { item: Kind::Structure(LaunchPermission::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(LaunchTemplateSpecification {
    launch_template_id: Option<String> = ("LaunchTemplateId", "LaunchTemplateId", "LaunchTemplateId", Body, false, false, Kind::String);
    launch_template_name: Option<String> = ("LaunchTemplateName", "LaunchTemplateName", "LaunchTemplateName", Body, false, false, Kind::String);
    version: Option<String> = ("Version", "Version", "Version", Body, false, false, Kind::String);
});

crate::structure!(LicenseConfiguration {
    license_configuration_arn: Option<String> = ("LicenseConfigurationArn", "LicenseConfigurationArn", "licenseConfigurationArn", Body, false, false, Kind::String);
});

crate::structure!(LicenseConfigurationRequest {
    license_configuration_arn: Option<String> = ("LicenseConfigurationArn", "LicenseConfigurationArn", "LicenseConfigurationArn", Body, false, false, Kind::String);
});

crate::structure!(MediaAcceleratorInfo {
    accelerators: Vec<MediaDeviceInfo> = ("Accelerators", "Accelerators", "accelerators", Body, false, false, Kind::List(&List { item: Kind::Structure(MediaDeviceInfo::shape), name: "item", flat: false, quiet: false }));
    total_media_memory_in_mi_b: Option<i32> = ("TotalMediaMemoryInMiB", "TotalMediaMemoryInMiB", "totalMediaMemoryInMiB", Body, false, false, Kind::Integer);
});

crate::structure!(MediaDeviceInfo {
    count: Option<i32> = ("Count", "Count", "count", Body, false, false, Kind::Integer);
    manufacturer: Option<String> = ("Manufacturer", "Manufacturer", "manufacturer", Body, false, false, Kind::String);
    memory_info: Option<MediaDeviceMemoryInfo> = ("MemoryInfo", "MemoryInfo", "memoryInfo", Body, false, false, Kind::Structure(MediaDeviceMemoryInfo::shape));
    name: Option<String> = ("Name", "Name", "name", Body, false, false, Kind::String);
});

crate::structure!(MediaDeviceMemoryInfo {
    size_in_mi_b: Option<i32> = ("SizeInMiB", "SizeInMiB", "sizeInMiB", Body, false, false, Kind::Integer);
});

crate::structure!(MemoryInfo {
    size_in_mi_b: Option<i64> = ("SizeInMiB", "SizeInMiB", "sizeInMiB", Body, false, false, Kind::Long);
});

crate::structure!(ModifyEbsDefaultKmsKeyIdRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    kms_key_id: Option<String> = ("KmsKeyId", "KmsKeyId", "KmsKeyId", Body, true, false, Kind::String);
});

crate::structure!(ModifyEbsDefaultKmsKeyIdResult {
    kms_key_id: Option<String> = ("KmsKeyId", "KmsKeyId", "kmsKeyId", Body, false, false, Kind::String);
});

crate::structure!(ModifyImageAttributeRequest {
    attribute: Option<String> = ("Attribute", "Attribute", "Attribute", Body, false, false, Kind::String);
    description: Option<AttributeValue> = ("Description", "Description", "Description", Body, false, false, Kind::Structure(AttributeValue::shape));
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    image_id: Option<String> = ("ImageId", "ImageId", "ImageId", Body, true, false, Kind::String);
    imds_support: Option<AttributeValue> = ("ImdsSupport", "ImdsSupport", "ImdsSupport", Body, false, false, Kind::Structure(AttributeValue::shape));
    launch_permission: Option<LaunchPermissionModifications> = ("LaunchPermission", "LaunchPermission", "LaunchPermission", Body, false, false, Kind::Structure(LaunchPermissionModifications::shape));
    operation_type: Option<String> = ("OperationType", "OperationType", "OperationType", Body, false, false, Kind::String);
    organization_arns: Vec<String> = ("OrganizationArns", "OrganizationArn", "OrganizationArn", Body, false, false, Kind::List(&List { item: Kind::String, name: "OrganizationArn", flat: false, quiet: false }));
    organizational_unit_arns: Vec<String> = ("OrganizationalUnitArns", "OrganizationalUnitArn", "OrganizationalUnitArn", Body, false, false, Kind::List(&List { item: Kind::String, name: "OrganizationalUnitArn", flat: false, quiet: false }));
    product_codes: Vec<String> = ("ProductCodes", "ProductCode", "ProductCode", Body, false, false, Kind::List(&List { item: Kind::String, name: "ProductCode", flat: false, quiet: false }));
    user_groups: Vec<String> = ("UserGroups", "UserGroup", "UserGroup", Body, false, false, Kind::List(&List { item: Kind::String, name: "UserGroup", flat: false, quiet: false }));
    user_ids: Vec<String> = ("UserIds", "UserId", "UserId", Body, false, false, Kind::List(&List { item: Kind::String, name: "UserId", flat: false, quiet: false }));
    value: Option<String> = ("Value", "Value", "Value", Body, false, false, Kind::String);
});

crate::structure!(ModifyInstanceAttributeRequest {
    attribute: Option<String> = ("Attribute", "Attribute", "attribute", Body, false, false, Kind::String);
    block_device_mappings: Vec<InstanceBlockDeviceMappingSpecification> = ("BlockDeviceMappings", "BlockDeviceMapping", "blockDeviceMapping", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceBlockDeviceMappingSpecification::shape), name: "item", flat: false, quiet: false }));
    disable_api_stop: Option<AttributeBooleanValue> = ("DisableApiStop", "DisableApiStop", "DisableApiStop", Body, false, false, Kind::Structure(AttributeBooleanValue::shape));
    disable_api_termination: Option<AttributeBooleanValue> = ("DisableApiTermination", "DisableApiTermination", "disableApiTermination", Body, false, false, Kind::Structure(AttributeBooleanValue::shape));
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    ebs_optimized: Option<AttributeBooleanValue> = ("EbsOptimized", "EbsOptimized", "ebsOptimized", Body, false, false, Kind::Structure(AttributeBooleanValue::shape));
    ena_support: Option<AttributeBooleanValue> = ("EnaSupport", "EnaSupport", "enaSupport", Body, false, false, Kind::Structure(AttributeBooleanValue::shape));
    groups: Vec<String> = ("Groups", "GroupId", "GroupId", Body, false, false, Kind::List(&List { item: Kind::String, name: "groupId", flat: false, quiet: false }));
    instance_id: Option<String> = ("InstanceId", "InstanceId", "instanceId", Body, true, false, Kind::String);
    instance_initiated_shutdown_behavior: Option<AttributeValue> = ("InstanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior", "instanceInitiatedShutdownBehavior", Body, false, false, Kind::Structure(AttributeValue::shape));
    instance_type: Option<AttributeValue> = ("InstanceType", "InstanceType", "instanceType", Body, false, false, Kind::Structure(AttributeValue::shape));
    kernel: Option<AttributeValue> = ("Kernel", "Kernel", "kernel", Body, false, false, Kind::Structure(AttributeValue::shape));
    ramdisk: Option<AttributeValue> = ("Ramdisk", "Ramdisk", "ramdisk", Body, false, false, Kind::Structure(AttributeValue::shape));
    source_dest_check: Option<AttributeBooleanValue> = ("SourceDestCheck", "SourceDestCheck", "SourceDestCheck", Body, false, false, Kind::Structure(AttributeBooleanValue::shape));
    sriov_net_support: Option<AttributeValue> = ("SriovNetSupport", "SriovNetSupport", "sriovNetSupport", Body, false, false, Kind::Structure(AttributeValue::shape));
    user_data: Option<BlobAttributeValue> = ("UserData", "UserData", "userData", Body, false, false, Kind::Structure(BlobAttributeValue::shape));
    value: Option<String> = ("Value", "Value", "value", Body, false, true, Kind::String);
});

crate::structure!(ModifyInstanceMetadataOptionsRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    http_endpoint: Option<String> = ("HttpEndpoint", "HttpEndpoint", "HttpEndpoint", Body, false, false, Kind::String);
    http_protocol_ipv6: Option<String> = ("HttpProtocolIpv6", "HttpProtocolIpv6", "HttpProtocolIpv6", Body, false, false, Kind::String);
    http_put_response_hop_limit: Option<i32> = ("HttpPutResponseHopLimit", "HttpPutResponseHopLimit", "HttpPutResponseHopLimit", Body, false, false, Kind::Integer);
    http_tokens: Option<String> = ("HttpTokens", "HttpTokens", "HttpTokens", Body, false, false, Kind::String);
    instance_id: Option<String> = ("InstanceId", "InstanceId", "InstanceId", Body, true, false, Kind::String);
    instance_metadata_tags: Option<String> = ("InstanceMetadataTags", "InstanceMetadataTags", "InstanceMetadataTags", Body, false, false, Kind::String);
});

crate::structure!(ModifyInstanceMetadataOptionsResult {
    instance_id: Option<String> = ("InstanceId", "InstanceId", "instanceId", Body, false, false, Kind::String);
    instance_metadata_options: Option<InstanceMetadataOptionsResponse> = ("InstanceMetadataOptions", "InstanceMetadataOptions", "instanceMetadataOptions", Body, false, false, Kind::Structure(InstanceMetadataOptionsResponse::shape));
});

crate::structure!(ModifySnapshotAttributeRequest {
    attribute: Option<String> = ("Attribute", "Attribute", "Attribute", Body, false, false, Kind::String);
    create_volume_permission: Option<CreateVolumePermissionModifications> = ("CreateVolumePermission", "CreateVolumePermission", "CreateVolumePermission", Body, false, false, Kind::Structure(CreateVolumePermissionModifications::shape));
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    group_names: Vec<String> = ("GroupNames", "UserGroup", "UserGroup", Body, false, false, Kind::List(&List { item: Kind::String, name: "GroupName", flat: false, quiet: false }));
    operation_type: Option<String> = ("OperationType", "OperationType", "OperationType", Body, false, false, Kind::String);
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "SnapshotId", Body, true, false, Kind::String);
    user_ids: Vec<String> = ("UserIds", "UserId", "UserId", Body, false, false, Kind::List(&List { item: Kind::String, name: "UserId", flat: false, quiet: false }));
});

crate::structure!(Monitoring {
    state: Option<String> = ("State", "State", "state", Body, false, false, Kind::String);
});

crate::structure!(NetworkCardInfo {
    additional_flexible_network_interfaces: Option<i32> = ("AdditionalFlexibleNetworkInterfaces", "AdditionalFlexibleNetworkInterfaces", "additionalFlexibleNetworkInterfaces", Body, false, false, Kind::Integer);
    baseline_bandwidth_in_gbps: Option<f64> = ("BaselineBandwidthInGbps", "BaselineBandwidthInGbps", "baselineBandwidthInGbps", Body, false, false, Kind::Double);
    default_ena_queue_count_per_interface: Option<i32> = ("DefaultEnaQueueCountPerInterface", "DefaultEnaQueueCountPerInterface", "defaultEnaQueueCountPerInterface", Body, false, false, Kind::Integer);
    maximum_ena_queue_count: Option<i32> = ("MaximumEnaQueueCount", "MaximumEnaQueueCount", "maximumEnaQueueCount", Body, false, false, Kind::Integer);
    maximum_ena_queue_count_per_interface: Option<i32> = ("MaximumEnaQueueCountPerInterface", "MaximumEnaQueueCountPerInterface", "maximumEnaQueueCountPerInterface", Body, false, false, Kind::Integer);
    maximum_network_interfaces: Option<i32> = ("MaximumNetworkInterfaces", "MaximumNetworkInterfaces", "maximumNetworkInterfaces", Body, false, false, Kind::Integer);
    network_card_index: Option<i32> = ("NetworkCardIndex", "NetworkCardIndex", "networkCardIndex", Body, false, false, Kind::Integer);
    network_performance: Option<String> = ("NetworkPerformance", "NetworkPerformance", "networkPerformance", Body, false, false, Kind::String);
    peak_bandwidth_in_gbps: Option<f64> = ("PeakBandwidthInGbps", "PeakBandwidthInGbps", "peakBandwidthInGbps", Body, false, false, Kind::Double);
});

crate::structure!(NetworkInfo {
    bandwidth_weightings: Vec<String> = ("BandwidthWeightings", "BandwidthWeightings", "bandwidthWeightings", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    connection_tracking_configuration: Option<DefaultConnectionTrackingConfiguration> = ("ConnectionTrackingConfiguration", "ConnectionTrackingConfiguration", "connectionTrackingConfiguration", Body, false, false, Kind::Structure(DefaultConnectionTrackingConfiguration::shape));
    default_network_card_index: Option<i32> = ("DefaultNetworkCardIndex", "DefaultNetworkCardIndex", "defaultNetworkCardIndex", Body, false, false, Kind::Integer);
    efa_info: Option<EfaInfo> = ("EfaInfo", "EfaInfo", "efaInfo", Body, false, false, Kind::Structure(EfaInfo::shape));
    efa_supported: Option<bool> = ("EfaSupported", "EfaSupported", "efaSupported", Body, false, false, Kind::Boolean);
    ena_srd_supported: Option<bool> = ("EnaSrdSupported", "EnaSrdSupported", "enaSrdSupported", Body, false, false, Kind::Boolean);
    ena_support: Option<String> = ("EnaSupport", "EnaSupport", "enaSupport", Body, false, false, Kind::String);
    encryption_in_transit_supported: Option<bool> = ("EncryptionInTransitSupported", "EncryptionInTransitSupported", "encryptionInTransitSupported", Body, false, false, Kind::Boolean);
    flexible_ena_queues_support: Option<String> = ("FlexibleEnaQueuesSupport", "FlexibleEnaQueuesSupport", "flexibleEnaQueuesSupport", Body, false, false, Kind::String);
    ipv4_addresses_per_interface: Option<i32> = ("Ipv4AddressesPerInterface", "Ipv4AddressesPerInterface", "ipv4AddressesPerInterface", Body, false, false, Kind::Integer);
    ipv4_addresses_per_secondary_interface: Option<i32> = ("Ipv4AddressesPerSecondaryInterface", "Ipv4AddressesPerSecondaryInterface", "ipv4AddressesPerSecondaryInterface", Body, false, false, Kind::Integer);
    ipv6_addresses_per_interface: Option<i32> = ("Ipv6AddressesPerInterface", "Ipv6AddressesPerInterface", "ipv6AddressesPerInterface", Body, false, false, Kind::Integer);
    ipv6_supported: Option<bool> = ("Ipv6Supported", "Ipv6Supported", "ipv6Supported", Body, false, false, Kind::Boolean);
    maximum_network_cards: Option<i32> = ("MaximumNetworkCards", "MaximumNetworkCards", "maximumNetworkCards", Body, false, false, Kind::Integer);
    maximum_network_interfaces: Option<i32> = ("MaximumNetworkInterfaces", "MaximumNetworkInterfaces", "maximumNetworkInterfaces", Body, false, false, Kind::Integer);
    maximum_secondary_network_interfaces: Option<i32> = ("MaximumSecondaryNetworkInterfaces", "MaximumSecondaryNetworkInterfaces", "maximumSecondaryNetworkInterfaces", Body, false, false, Kind::Integer);
    network_cards: Vec<NetworkCardInfo> = ("NetworkCards", "NetworkCards", "networkCards", Body, false, false, Kind::List(&List { item: Kind::Structure(NetworkCardInfo::shape), name: "item", flat: false, quiet: false }));
    network_performance: Option<String> = ("NetworkPerformance", "NetworkPerformance", "networkPerformance", Body, false, false, Kind::String);
    secondary_network_supported: Option<bool> = ("SecondaryNetworkSupported", "SecondaryNetworkSupported", "secondaryNetworkSupported", Body, false, false, Kind::Boolean);
});

crate::structure!(NetworkInterface {
    associated_subnets: Vec<String> = ("AssociatedSubnets", "AssociatedSubnetSet", "associatedSubnetSet", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    association: Option<NetworkInterfaceAssociation> = ("Association", "Association", "association", Body, false, false, Kind::Structure(NetworkInterfaceAssociation::shape));
    attachment: Option<NetworkInterfaceAttachment> = ("Attachment", "Attachment", "attachment", Body, false, false, Kind::Structure(NetworkInterfaceAttachment::shape));
    availability_zone: Option<String> = ("AvailabilityZone", "AvailabilityZone", "availabilityZone", Body, false, false, Kind::String);
    availability_zone_id: Option<String> = ("AvailabilityZoneId", "AvailabilityZoneId", "availabilityZoneId", Body, false, false, Kind::String);
    connection_tracking_configuration: Option<ConnectionTrackingConfiguration> = ("ConnectionTrackingConfiguration", "ConnectionTrackingConfiguration", "connectionTrackingConfiguration", Body, false, false, Kind::Structure(ConnectionTrackingConfiguration::shape));
    deny_all_igw_traffic: Option<bool> = ("DenyAllIgwTraffic", "DenyAllIgwTraffic", "denyAllIgwTraffic", Body, false, false, Kind::Boolean);
    description: Option<String> = ("Description", "Description", "description", Body, false, false, Kind::String);
    groups: Vec<GroupIdentifier> = ("Groups", "GroupSet", "groupSet", Body, false, false, Kind::List(&List { item: Kind::Structure(GroupIdentifier::shape), name: "item", flat: false, quiet: false }));
    interface_type: Option<String> = ("InterfaceType", "InterfaceType", "interfaceType", Body, false, false, Kind::String);
    ipv4_prefixes: Vec<Ipv4PrefixSpecification> = ("Ipv4Prefixes", "Ipv4PrefixSet", "ipv4PrefixSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Ipv4PrefixSpecification::shape), name: "item", flat: false, quiet: false }));
    ipv6_address: Option<String> = ("Ipv6Address", "Ipv6Address", "ipv6Address", Body, false, false, Kind::String);
    ipv6_addresses: Vec<NetworkInterfaceIpv6Address> = ("Ipv6Addresses", "Ipv6AddressesSet", "ipv6AddressesSet", Body, false, false, Kind::List(&List { item: Kind::Structure(NetworkInterfaceIpv6Address::shape), name: "item", flat: false, quiet: false }));
    ipv6_native: Option<bool> = ("Ipv6Native", "Ipv6Native", "ipv6Native", Body, false, false, Kind::Boolean);
    ipv6_prefixes: Vec<Ipv6PrefixSpecification> = ("Ipv6Prefixes", "Ipv6PrefixSet", "ipv6PrefixSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Ipv6PrefixSpecification::shape), name: "item", flat: false, quiet: false }));
    mac_address: Option<String> = ("MacAddress", "MacAddress", "macAddress", Body, false, false, Kind::String);
    network_interface_id: Option<String> = ("NetworkInterfaceId", "NetworkInterfaceId", "networkInterfaceId", Body, false, false, Kind::String);
    operator: Option<OperatorResponse> = ("Operator", "Operator", "operator", Body, false, false, Kind::Structure(OperatorResponse::shape));
    outpost_arn: Option<String> = ("OutpostArn", "OutpostArn", "outpostArn", Body, false, false, Kind::String);
    owner_id: Option<String> = ("OwnerId", "OwnerId", "ownerId", Body, false, false, Kind::String);
    private_dns_name: Option<String> = ("PrivateDnsName", "PrivateDnsName", "privateDnsName", Body, false, false, Kind::String);
    private_ip_address: Option<String> = ("PrivateIpAddress", "PrivateIpAddress", "privateIpAddress", Body, false, false, Kind::String);
    private_ip_addresses: Vec<NetworkInterfacePrivateIpAddress> = ("PrivateIpAddresses", "PrivateIpAddressesSet", "privateIpAddressesSet", Body, false, false, Kind::List(&List { item: Kind::Structure(NetworkInterfacePrivateIpAddress::shape), name: "item", flat: false, quiet: false }));
    public_dns_name: Option<String> = ("PublicDnsName", "PublicDnsName", "publicDnsName", Body, false, false, Kind::String);
    public_ip_dns_name_options: Option<PublicIpDnsNameOptions> = ("PublicIpDnsNameOptions", "PublicIpDnsNameOptions", "publicIpDnsNameOptions", Body, false, false, Kind::Structure(PublicIpDnsNameOptions::shape));
    requester_id: Option<String> = ("RequesterId", "RequesterId", "requesterId", Body, false, false, Kind::String);
    requester_managed: Option<bool> = ("RequesterManaged", "RequesterManaged", "requesterManaged", Body, false, false, Kind::Boolean);
    source_dest_check: Option<bool> = ("SourceDestCheck", "SourceDestCheck", "sourceDestCheck", Body, false, false, Kind::Boolean);
    status: Option<String> = ("Status", "Status", "status", Body, false, false, Kind::String);
    subnet_id: Option<String> = ("SubnetId", "SubnetId", "subnetId", Body, false, false, Kind::String);
    tag_set: Vec<Tag> = ("TagSet", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: false }));
    vpc_id: Option<String> = ("VpcId", "VpcId", "vpcId", Body, false, false, Kind::String);
});

crate::structure!(NetworkInterfaceAssociation {
    allocation_id: Option<String> = ("AllocationId", "AllocationId", "allocationId", Body, false, false, Kind::String);
    association_id: Option<String> = ("AssociationId", "AssociationId", "associationId", Body, false, false, Kind::String);
    carrier_ip: Option<String> = ("CarrierIp", "CarrierIp", "carrierIp", Body, false, false, Kind::String);
    customer_owned_ip: Option<String> = ("CustomerOwnedIp", "CustomerOwnedIp", "customerOwnedIp", Body, false, false, Kind::String);
    ip_owner_id: Option<String> = ("IpOwnerId", "IpOwnerId", "ipOwnerId", Body, false, false, Kind::String);
    public_dns_name: Option<String> = ("PublicDnsName", "PublicDnsName", "publicDnsName", Body, false, false, Kind::String);
    public_ip: Option<String> = ("PublicIp", "PublicIp", "publicIp", Body, false, false, Kind::String);
});

crate::structure!(NetworkInterfaceAttachment {
    attach_time: Option<Timestamp> = ("AttachTime", "AttachTime", "attachTime", Body, false, false, Kind::Timestamp);
    attachment_id: Option<String> = ("AttachmentId", "AttachmentId", "attachmentId", Body, false, false, Kind::String);
    delete_on_termination: Option<bool> = ("DeleteOnTermination", "DeleteOnTermination", "deleteOnTermination", Body, false, false, Kind::Boolean);
    device_index: Option<i32> = ("DeviceIndex", "DeviceIndex", "deviceIndex", Body, false, false, Kind::Integer);
    ena_queue_count: Option<i32> = ("EnaQueueCount", "EnaQueueCount", "enaQueueCount", Body, false, false, Kind::Integer);
    ena_srd_specification: Option<AttachmentEnaSrdSpecification> = ("EnaSrdSpecification", "EnaSrdSpecification", "enaSrdSpecification", Body, false, false, Kind::Structure(AttachmentEnaSrdSpecification::shape));
    instance_id: Option<String> = ("InstanceId", "InstanceId", "instanceId", Body, false, false, Kind::String);
    instance_owner_id: Option<String> = ("InstanceOwnerId", "InstanceOwnerId", "instanceOwnerId", Body, false, false, Kind::String);
    network_card_index: Option<i32> = ("NetworkCardIndex", "NetworkCardIndex", "networkCardIndex", Body, false, false, Kind::Integer);
    status: Option<String> = ("Status", "Status", "status", Body, false, false, Kind::String);
});

crate::structure!(NetworkInterfaceIpv6Address {
    ipv6_address: Option<String> = ("Ipv6Address", "Ipv6Address", "ipv6Address", Body, false, false, Kind::String);
    is_primary_ipv6: Option<bool> = ("IsPrimaryIpv6", "IsPrimaryIpv6", "isPrimaryIpv6", Body, false, false, Kind::Boolean);
    public_ipv6_dns_name: Option<String> = ("PublicIpv6DnsName", "PublicIpv6DnsName", "publicIpv6DnsName", Body, false, false, Kind::String);
});

crate::structure!(NetworkInterfacePrivateIpAddress {
    association: Option<NetworkInterfaceAssociation> = ("Association", "Association", "association", Body, false, false, Kind::Structure(NetworkInterfaceAssociation::shape));
    primary: Option<bool> = ("Primary", "Primary", "primary", Body, false, false, Kind::Boolean);
    private_dns_name: Option<String> = ("PrivateDnsName", "PrivateDnsName", "privateDnsName", Body, false, false, Kind::String);
    private_ip_address: Option<String> = ("PrivateIpAddress", "PrivateIpAddress", "privateIpAddress", Body, false, false, Kind::String);
});

crate::structure!(NeuronDeviceCoreInfo {
    count: Option<i32> = ("Count", "Count", "count", Body, false, false, Kind::Integer);
    version: Option<i32> = ("Version", "Version", "version", Body, false, false, Kind::Integer);
});

crate::structure!(NeuronDeviceInfo {
    core_info: Option<NeuronDeviceCoreInfo> = ("CoreInfo", "CoreInfo", "coreInfo", Body, false, false, Kind::Structure(NeuronDeviceCoreInfo::shape));
    count: Option<i32> = ("Count", "Count", "count", Body, false, false, Kind::Integer);
    memory_info: Option<NeuronDeviceMemoryInfo> = ("MemoryInfo", "MemoryInfo", "memoryInfo", Body, false, false, Kind::Structure(NeuronDeviceMemoryInfo::shape));
    name: Option<String> = ("Name", "Name", "name", Body, false, false, Kind::String);
});

crate::structure!(NeuronDeviceMemoryInfo {
    size_in_mi_b: Option<i32> = ("SizeInMiB", "SizeInMiB", "sizeInMiB", Body, false, false, Kind::Integer);
});

crate::structure!(NeuronInfo {
    neuron_devices: Vec<NeuronDeviceInfo> = ("NeuronDevices", "NeuronDevices", "neuronDevices", Body, false, false, Kind::List(&List { item: Kind::Structure(NeuronDeviceInfo::shape), name: "item", flat: false, quiet: false }));
    total_neuron_device_memory_in_mi_b: Option<i32> = ("TotalNeuronDeviceMemoryInMiB", "TotalNeuronDeviceMemoryInMiB", "totalNeuronDeviceMemoryInMiB", Body, false, false, Kind::Integer);
});

crate::structure!(NitroTpmInfo {
    supported_versions: Vec<String> = ("SupportedVersions", "SupportedVersions", "supportedVersions", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
});

crate::structure!(OperatorRequest {
    principal: Option<String> = ("Principal", "Principal", "Principal", Body, false, false, Kind::String);
});

crate::structure!(OperatorResponse {
    hidden_by_default: Option<bool> = ("HiddenByDefault", "HiddenByDefault", "hiddenByDefault", Body, false, false, Kind::Boolean);
    managed: Option<bool> = ("Managed", "Managed", "managed", Body, false, false, Kind::Boolean);
    principal: Option<String> = ("Principal", "Principal", "principal", Body, false, false, Kind::String);
});

crate::structure!(Placement {
    affinity: Option<String> = ("Affinity", "Affinity", "affinity", Body, false, false, Kind::String);
    availability_zone: Option<String> = ("AvailabilityZone", "AvailabilityZone", "availabilityZone", Body, false, false, Kind::String);
    availability_zone_id: Option<String> = ("AvailabilityZoneId", "AvailabilityZoneId", "availabilityZoneId", Body, false, false, Kind::String);
    group_id: Option<String> = ("GroupId", "GroupId", "groupId", Body, false, false, Kind::String);
    group_name: Option<String> = ("GroupName", "GroupName", "groupName", Body, false, false, Kind::String);
    host_id: Option<String> = ("HostId", "HostId", "hostId", Body, false, false, Kind::String);
    host_resource_group_arn: Option<String> = ("HostResourceGroupArn", "HostResourceGroupArn", "hostResourceGroupArn", Body, false, false, Kind::String);
    partition_number: Option<i32> = ("PartitionNumber", "PartitionNumber", "partitionNumber", Body, false, false, Kind::Integer);
    spread_domain: Option<String> = ("SpreadDomain", "SpreadDomain", "spreadDomain", Body, false, false, Kind::String);
    tenancy: Option<String> = ("Tenancy", "Tenancy", "tenancy", Body, false, false, Kind::String);
});

crate::structure!(PlacementGroupInfo {
    supported_strategies: Vec<String> = ("SupportedStrategies", "SupportedStrategies", "supportedStrategies", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
});

crate::structure!(PrefixListId {
    description: Option<String> = ("Description", "Description", "description", Body, false, false, Kind::String);
    prefix_list_id: Option<String> = ("PrefixListId", "PrefixListId", "prefixListId", Body, false, false, Kind::String);
});

crate::structure!(PrivateDnsNameOptionsOnLaunch {
    enable_resource_name_dns_aaaa_record: Option<bool> = ("EnableResourceNameDnsAAAARecord", "EnableResourceNameDnsAAAARecord", "enableResourceNameDnsAAAARecord", Body, false, false, Kind::Boolean);
    enable_resource_name_dns_a_record: Option<bool> = ("EnableResourceNameDnsARecord", "EnableResourceNameDnsARecord", "enableResourceNameDnsARecord", Body, false, false, Kind::Boolean);
    hostname_type: Option<String> = ("HostnameType", "HostnameType", "hostnameType", Body, false, false, Kind::String);
});

crate::structure!(PrivateDnsNameOptionsRequest {
    enable_resource_name_dns_aaaa_record: Option<bool> = ("EnableResourceNameDnsAAAARecord", "EnableResourceNameDnsAAAARecord", "EnableResourceNameDnsAAAARecord", Body, false, false, Kind::Boolean);
    enable_resource_name_dns_a_record: Option<bool> = ("EnableResourceNameDnsARecord", "EnableResourceNameDnsARecord", "EnableResourceNameDnsARecord", Body, false, false, Kind::Boolean);
    hostname_type: Option<String> = ("HostnameType", "HostnameType", "HostnameType", Body, false, false, Kind::String);
});

crate::structure!(PrivateDnsNameOptionsResponse {
    enable_resource_name_dns_aaaa_record: Option<bool> = ("EnableResourceNameDnsAAAARecord", "EnableResourceNameDnsAAAARecord", "enableResourceNameDnsAAAARecord", Body, false, false, Kind::Boolean);
    enable_resource_name_dns_a_record: Option<bool> = ("EnableResourceNameDnsARecord", "EnableResourceNameDnsARecord", "enableResourceNameDnsARecord", Body, false, false, Kind::Boolean);
    hostname_type: Option<String> = ("HostnameType", "HostnameType", "hostnameType", Body, false, false, Kind::String);
});

crate::structure!(PrivateIpAddressSpecification {
    primary: Option<bool> = ("Primary", "Primary", "primary", Body, false, false, Kind::Boolean);
    private_ip_address: Option<String> = ("PrivateIpAddress", "PrivateIpAddress", "privateIpAddress", Body, false, false, Kind::String);
});

crate::structure!(ProcessorInfo {
    manufacturer: Option<String> = ("Manufacturer", "Manufacturer", "manufacturer", Body, false, false, Kind::String);
    supported_architectures: Vec<String> = ("SupportedArchitectures", "SupportedArchitectures", "supportedArchitectures", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    supported_features: Vec<String> = ("SupportedFeatures", "SupportedFeatures", "supportedFeatures", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    sustained_clock_speed_in_ghz: Option<f64> = ("SustainedClockSpeedInGhz", "SustainedClockSpeedInGhz", "sustainedClockSpeedInGhz", Body, false, false, Kind::Double);
});

crate::structure!(ProductCode {
    product_code_id: Option<String> = ("ProductCodeId", "ProductCode", "productCode", Body, false, false, Kind::String);
    product_code_type: Option<String> = ("ProductCodeType", "Type", "type", Body, false, false, Kind::String);
});

crate::structure!(PublicIpDnsNameOptions {
    dns_hostname_type: Option<String> = ("DnsHostnameType", "DnsHostnameType", "dnsHostnameType", Body, false, false, Kind::String);
    public_dual_stack_dns_name: Option<String> = ("PublicDualStackDnsName", "PublicDualStackDnsName", "publicDualStackDnsName", Body, false, false, Kind::String);
    public_ipv4_dns_name: Option<String> = ("PublicIpv4DnsName", "PublicIpv4DnsName", "publicIpv4DnsName", Body, false, false, Kind::String);
    public_ipv6_dns_name: Option<String> = ("PublicIpv6DnsName", "PublicIpv6DnsName", "publicIpv6DnsName", Body, false, false, Kind::String);
});

crate::structure!(RebootInstancesRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    instance_ids: Vec<String> = ("InstanceIds", "InstanceId", "InstanceId", Body, true, false, Kind::List(&List { item: Kind::String, name: "InstanceId", flat: false, quiet: false }));
});

crate::structure!(ReferencedSecurityGroup {
    group_id: Option<String> = ("GroupId", "GroupId", "groupId", Body, false, false, Kind::String);
    peering_status: Option<String> = ("PeeringStatus", "PeeringStatus", "peeringStatus", Body, false, false, Kind::String);
    user_id: Option<String> = ("UserId", "UserId", "userId", Body, false, false, Kind::String);
    vpc_id: Option<String> = ("VpcId", "VpcId", "vpcId", Body, false, false, Kind::String);
    vpc_peering_connection_id: Option<String> = ("VpcPeeringConnectionId", "VpcPeeringConnectionId", "vpcPeeringConnectionId", Body, false, false, Kind::String);
});

crate::structure!(Region {
    endpoint: Option<String> = ("Endpoint", "RegionEndpoint", "regionEndpoint", Body, false, false, Kind::String);
    geography: Vec<RegionGeography> = ("Geography", "GeographySet", "geographySet", Body, false, false, Kind::List(&List { item: Kind::Structure(RegionGeography::shape), name: "item", flat: false, quiet: false }));
    opt_in_status: Option<String> = ("OptInStatus", "OptInStatus", "optInStatus", Body, false, false, Kind::String);
    region_name: Option<String> = ("RegionName", "RegionName", "regionName", Body, false, false, Kind::String);
});

crate::structure!(RegionGeography {
    name: Option<String> = ("Name", "Name", "name", Body, false, false, Kind::String);
});

crate::structure!(RegisterImageRequest {
    architecture: Option<String> = ("Architecture", "Architecture", "architecture", Body, false, false, Kind::String);
    billing_products: Vec<String> = ("BillingProducts", "BillingProduct", "BillingProduct", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    block_device_mappings: Vec<BlockDeviceMapping> = ("BlockDeviceMappings", "BlockDeviceMapping", "BlockDeviceMapping", Body, false, false, Kind::List(&List { item: Kind::Structure(BlockDeviceMapping::shape), name: "BlockDeviceMapping", flat: false, quiet: false }));
    boot_mode: Option<String> = ("BootMode", "BootMode", "BootMode", Body, false, false, Kind::String);
    description: Option<String> = ("Description", "Description", "description", Body, false, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    ena_support: Option<bool> = ("EnaSupport", "EnaSupport", "enaSupport", Body, false, false, Kind::Boolean);
    image_location: Option<String> = ("ImageLocation", "ImageLocation", "ImageLocation", Body, false, false, Kind::String);
    imds_support: Option<String> = ("ImdsSupport", "ImdsSupport", "ImdsSupport", Body, false, false, Kind::String);
    kernel_id: Option<String> = ("KernelId", "KernelId", "kernelId", Body, false, false, Kind::String);
    name: Option<String> = ("Name", "Name", "name", Body, true, false, Kind::String);
    ramdisk_id: Option<String> = ("RamdiskId", "RamdiskId", "ramdiskId", Body, false, false, Kind::String);
    root_device_name: Option<String> = ("RootDeviceName", "RootDeviceName", "rootDeviceName", Body, false, false, Kind::String);
    sriov_net_support: Option<String> = ("SriovNetSupport", "SriovNetSupport", "sriovNetSupport", Body, false, false, Kind::String);
    tag_specifications: Vec<TagSpecification> = ("TagSpecifications", "TagSpecification", "TagSpecification", Body, false, false, Kind::List(&List { item: Kind::Structure(TagSpecification::shape), name: "item", flat: false, quiet: false }));
    tpm_support: Option<String> = ("TpmSupport", "TpmSupport", "TpmSupport", Body, false, false, Kind::String);
    uefi_data: Option<String> = ("UefiData", "UefiData", "UefiData", Body, false, false, Kind::String);
    virtualization_type: Option<String> = ("VirtualizationType", "VirtualizationType", "virtualizationType", Body, false, false, Kind::String);
});

crate::structure!(RegisterImageResult {
    image_id: Option<String> = ("ImageId", "ImageId", "imageId", Body, false, false, Kind::String);
});

crate::structure!(ReplaceIamInstanceProfileAssociationRequest {
    association_id: Option<String> = ("AssociationId", "AssociationId", "AssociationId", Body, true, false, Kind::String);
    iam_instance_profile: Option<IamInstanceProfileSpecification> = ("IamInstanceProfile", "IamInstanceProfile", "IamInstanceProfile", Body, true, false, Kind::Structure(IamInstanceProfileSpecification::shape));
});

crate::structure!(ReplaceIamInstanceProfileAssociationResult {
    iam_instance_profile_association: Option<IamInstanceProfileAssociation> = ("IamInstanceProfileAssociation", "IamInstanceProfileAssociation", "iamInstanceProfileAssociation", Body, false, false, Kind::Structure(IamInstanceProfileAssociation::shape));
});

crate::structure!(ReplaceImageCriteriaInAllowedImagesSettingsRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    image_criteria: Vec<ImageCriterionRequest> = ("ImageCriteria", "ImageCriterion", "ImageCriterion", Body, false, false, Kind::List(&List { item: Kind::Structure(ImageCriterionRequest::shape), name: "ImageCriterion", flat: false, quiet: false }));
});

crate::structure!(ReplaceImageCriteriaInAllowedImagesSettingsResult {
    return_value: Option<bool> = ("ReturnValue", "Return", "return", Body, false, false, Kind::Boolean);
});

crate::structure!(Reservation {
    groups: Vec<GroupIdentifier> = ("Groups", "GroupSet", "groupSet", Body, false, false, Kind::List(&List { item: Kind::Structure(GroupIdentifier::shape), name: "item", flat: false, quiet: false }));
    instances: Vec<Instance> = ("Instances", "InstancesSet", "instancesSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Instance::shape), name: "item", flat: false, quiet: false }));
    owner_id: Option<String> = ("OwnerId", "OwnerId", "ownerId", Body, false, false, Kind::String);
    requester_id: Option<String> = ("RequesterId", "RequesterId", "requesterId", Body, false, false, Kind::String);
    reservation_id: Option<String> = ("ReservationId", "ReservationId", "reservationId", Body, false, false, Kind::String);
});

crate::structure!(ResetEbsDefaultKmsKeyIdRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
});

crate::structure!(ResetEbsDefaultKmsKeyIdResult {
    kms_key_id: Option<String> = ("KmsKeyId", "KmsKeyId", "kmsKeyId", Body, false, false, Kind::String);
});

crate::structure!(ResetImageAttributeRequest {
    attribute: Option<String> = ("Attribute", "Attribute", "Attribute", Body, true, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    image_id: Option<String> = ("ImageId", "ImageId", "ImageId", Body, true, false, Kind::String);
});

crate::structure!(ResetSnapshotAttributeRequest {
    attribute: Option<String> = ("Attribute", "Attribute", "Attribute", Body, true, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "SnapshotId", Body, true, false, Kind::String);
});

crate::structure!(RevokeSecurityGroupIngressRequest {
    cidr_ip: Option<String> = ("CidrIp", "CidrIp", "CidrIp", Body, false, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    from_port: Option<i32> = ("FromPort", "FromPort", "FromPort", Body, false, false, Kind::Integer);
    group_id: Option<String> = ("GroupId", "GroupId", "GroupId", Body, false, false, Kind::String);
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, false, false, Kind::String);
    ip_permissions: Vec<IpPermission> = ("IpPermissions", "IpPermissions", "IpPermissions", Body, false, false, Kind::List(&List { item: Kind::Structure(IpPermission::shape), name: "item", flat: false, quiet: false }));
    ip_protocol: Option<String> = ("IpProtocol", "IpProtocol", "IpProtocol", Body, false, false, Kind::String);
    security_group_rule_ids: Vec<String> = ("SecurityGroupRuleIds", "SecurityGroupRuleId", "SecurityGroupRuleId", Body, false, false, Kind::List(&List { item: Kind::String, name: "item", flat: false, quiet: false }));
    source_security_group_name: Option<String> = ("SourceSecurityGroupName", "SourceSecurityGroupName", "SourceSecurityGroupName", Body, false, false, Kind::String);
    source_security_group_owner_id: Option<String> = ("SourceSecurityGroupOwnerId", "SourceSecurityGroupOwnerId", "SourceSecurityGroupOwnerId", Body, false, false, Kind::String);
    to_port: Option<i32> = ("ToPort", "ToPort", "ToPort", Body, false, false, Kind::Integer);
});

crate::structure!(RevokeSecurityGroupIngressResult {
    r#return: Option<bool> = ("Return", "Return", "return", Body, false, false, Kind::Boolean);
    revoked_security_group_rules: Vec<RevokedSecurityGroupRule> = ("RevokedSecurityGroupRules", "RevokedSecurityGroupRuleSet", "revokedSecurityGroupRuleSet", Body, false, false, Kind::List(&List { item: Kind::Structure(RevokedSecurityGroupRule::shape), name: "item", flat: false, quiet: false }));
    unknown_ip_permissions: Vec<IpPermission> = ("UnknownIpPermissions", "UnknownIpPermissionSet", "unknownIpPermissionSet", Body, false, false, Kind::List(&List { item: Kind::Structure(IpPermission::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(RevokedSecurityGroupRule {
    cidr_ipv4: Option<String> = ("CidrIpv4", "CidrIpv4", "cidrIpv4", Body, false, false, Kind::String);
    cidr_ipv6: Option<String> = ("CidrIpv6", "CidrIpv6", "cidrIpv6", Body, false, false, Kind::String);
    description: Option<String> = ("Description", "Description", "description", Body, false, false, Kind::String);
    from_port: Option<i32> = ("FromPort", "FromPort", "fromPort", Body, false, false, Kind::Integer);
    group_id: Option<String> = ("GroupId", "GroupId", "groupId", Body, false, false, Kind::String);
    ip_protocol: Option<String> = ("IpProtocol", "IpProtocol", "ipProtocol", Body, false, false, Kind::String);
    is_egress: Option<bool> = ("IsEgress", "IsEgress", "isEgress", Body, false, false, Kind::Boolean);
    prefix_list_id: Option<String> = ("PrefixListId", "PrefixListId", "prefixListId", Body, false, false, Kind::String);
    referenced_group_id: Option<String> = ("ReferencedGroupId", "ReferencedGroupId", "referencedGroupId", Body, false, false, Kind::String);
    security_group_rule_id: Option<String> = ("SecurityGroupRuleId", "SecurityGroupRuleId", "securityGroupRuleId", Body, false, false, Kind::String);
    to_port: Option<i32> = ("ToPort", "ToPort", "toPort", Body, false, false, Kind::Integer);
});

crate::structure!(RunInstancesMonitoringEnabled {
    enabled: Option<bool> = ("Enabled", "Enabled", "enabled", Body, true, false, Kind::Boolean);
});

crate::structure!(RunInstancesRequest {
    additional_info: Option<String> = ("AdditionalInfo", "AdditionalInfo", "additionalInfo", Body, false, false, Kind::String);
    block_device_mappings: Vec<BlockDeviceMapping> = ("BlockDeviceMappings", "BlockDeviceMapping", "BlockDeviceMapping", Body, false, false, Kind::List(&List { item: Kind::Structure(BlockDeviceMapping::shape), name: "BlockDeviceMapping", flat: false, quiet: false }));
    capacity_reservation_specification: Option<CapacityReservationSpecification> = ("CapacityReservationSpecification", "CapacityReservationSpecification", "CapacityReservationSpecification", Body, false, false, Kind::Structure(CapacityReservationSpecification::shape));
    client_token: Option<String> = ("ClientToken", "ClientToken", "clientToken", Body, false, false, Kind::String);
    cpu_options: Option<CpuOptionsRequest> = ("CpuOptions", "CpuOptions", "CpuOptions", Body, false, false, Kind::Structure(CpuOptionsRequest::shape));
    credit_specification: Option<CreditSpecificationRequest> = ("CreditSpecification", "CreditSpecification", "CreditSpecification", Body, false, false, Kind::Structure(CreditSpecificationRequest::shape));
    disable_api_stop: Option<bool> = ("DisableApiStop", "DisableApiStop", "DisableApiStop", Body, false, false, Kind::Boolean);
    disable_api_termination: Option<bool> = ("DisableApiTermination", "DisableApiTermination", "disableApiTermination", Body, false, false, Kind::Boolean);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    ebs_optimized: Option<bool> = ("EbsOptimized", "EbsOptimized", "ebsOptimized", Body, false, false, Kind::Boolean);
    elastic_gpu_specification: Vec<ElasticGpuSpecification> = ("ElasticGpuSpecification", "ElasticGpuSpecification", "ElasticGpuSpecification", Body, false, false, Kind::List(&List { item: Kind::Structure(ElasticGpuSpecification::shape), name: "item", flat: false, quiet: false }));
    elastic_inference_accelerators: Vec<ElasticInferenceAccelerator> = ("ElasticInferenceAccelerators", "ElasticInferenceAccelerator", "ElasticInferenceAccelerator", Body, false, false, Kind::List(&List { item: Kind::Structure(ElasticInferenceAccelerator::shape), name: "item", flat: false, quiet: false }));
    enable_primary_ipv6: Option<bool> = ("EnablePrimaryIpv6", "EnablePrimaryIpv6", "EnablePrimaryIpv6", Body, false, false, Kind::Boolean);
    enclave_options: Option<EnclaveOptionsRequest> = ("EnclaveOptions", "EnclaveOptions", "EnclaveOptions", Body, false, false, Kind::Structure(EnclaveOptionsRequest::shape));
    hibernation_options: Option<HibernationOptionsRequest> = ("HibernationOptions", "HibernationOptions", "HibernationOptions", Body, false, false, Kind::Structure(HibernationOptionsRequest::shape));
    iam_instance_profile: Option<IamInstanceProfileSpecification> = ("IamInstanceProfile", "IamInstanceProfile", "iamInstanceProfile", Body, false, false, Kind::Structure(IamInstanceProfileSpecification::shape));
    image_id: Option<String> = ("ImageId", "ImageId", "ImageId", Body, false, false, Kind::String);
    instance_initiated_shutdown_behavior: Option<String> = ("InstanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior", "instanceInitiatedShutdownBehavior", Body, false, false, Kind::String);
    instance_market_options: Option<InstanceMarketOptionsRequest> = ("InstanceMarketOptions", "InstanceMarketOptions", "InstanceMarketOptions", Body, false, false, Kind::Structure(InstanceMarketOptionsRequest::shape));
    instance_type: Option<String> = ("InstanceType", "InstanceType", "InstanceType", Body, false, false, Kind::String);
    ipv6_address_count: Option<i32> = ("Ipv6AddressCount", "Ipv6AddressCount", "Ipv6AddressCount", Body, false, false, Kind::Integer);
    ipv6_addresses: Vec<InstanceIpv6Address> = ("Ipv6Addresses", "Ipv6Address", "Ipv6Address", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceIpv6Address::shape), name: "item", flat: false, quiet: false }));
    kernel_id: Option<String> = ("KernelId", "KernelId", "KernelId", Body, false, false, Kind::String);
    key_name: Option<String> = ("KeyName", "KeyName", "KeyName", Body, false, false, Kind::String);
    launch_template: Option<LaunchTemplateSpecification> = ("LaunchTemplate", "LaunchTemplate", "LaunchTemplate", Body, false, false, Kind::Structure(LaunchTemplateSpecification::shape));
    license_specifications: Vec<LicenseConfigurationRequest> = ("LicenseSpecifications", "LicenseSpecification", "LicenseSpecification", Body, false, false, Kind::List(&List { item: Kind::Structure(LicenseConfigurationRequest::shape), name: "item", flat: false, quiet: false }));
    maintenance_options: Option<InstanceMaintenanceOptionsRequest> = ("MaintenanceOptions", "MaintenanceOptions", "MaintenanceOptions", Body, false, false, Kind::Structure(InstanceMaintenanceOptionsRequest::shape));
    max_count: Option<i32> = ("MaxCount", "MaxCount", "MaxCount", Body, true, false, Kind::Integer);
    metadata_options: Option<InstanceMetadataOptionsRequest> = ("MetadataOptions", "MetadataOptions", "MetadataOptions", Body, false, false, Kind::Structure(InstanceMetadataOptionsRequest::shape));
    min_count: Option<i32> = ("MinCount", "MinCount", "MinCount", Body, true, false, Kind::Integer);
    monitoring: Option<RunInstancesMonitoringEnabled> = ("Monitoring", "Monitoring", "Monitoring", Body, false, false, Kind::Structure(RunInstancesMonitoringEnabled::shape));
    network_interfaces: Vec<InstanceNetworkInterfaceSpecification> = ("NetworkInterfaces", "NetworkInterface", "networkInterface", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceNetworkInterfaceSpecification::shape), name: "item", flat: false, quiet: false }));
    network_performance_options: Option<InstanceNetworkPerformanceOptionsRequest> = ("NetworkPerformanceOptions", "NetworkPerformanceOptions", "NetworkPerformanceOptions", Body, false, false, Kind::Structure(InstanceNetworkPerformanceOptionsRequest::shape));
    operator: Option<OperatorRequest> = ("Operator", "Operator", "Operator", Body, false, false, Kind::Structure(OperatorRequest::shape));
    placement: Option<Placement> = ("Placement", "Placement", "Placement", Body, false, false, Kind::Structure(Placement::shape));
    private_dns_name_options: Option<PrivateDnsNameOptionsRequest> = ("PrivateDnsNameOptions", "PrivateDnsNameOptions", "PrivateDnsNameOptions", Body, false, false, Kind::Structure(PrivateDnsNameOptionsRequest::shape));
    private_ip_address: Option<String> = ("PrivateIpAddress", "PrivateIpAddress", "privateIpAddress", Body, false, false, Kind::String);
    ramdisk_id: Option<String> = ("RamdiskId", "RamdiskId", "RamdiskId", Body, false, false, Kind::String);
    secondary_interfaces: Vec<InstanceSecondaryInterfaceSpecificationRequest> = ("SecondaryInterfaces", "SecondaryInterface", "SecondaryInterface", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceSecondaryInterfaceSpecificationRequest::shape), name: "item", flat: false, quiet: false }));
    security_group_ids: Vec<String> = ("SecurityGroupIds", "SecurityGroupId", "SecurityGroupId", Body, false, false, Kind::List(&List { item: Kind::String, name: "SecurityGroupId", flat: false, quiet: false }));
    security_groups: Vec<String> = ("SecurityGroups", "SecurityGroup", "SecurityGroup", Body, false, false, Kind::List(&List { item: Kind::String, name: "SecurityGroup", flat: false, quiet: false }));
    subnet_id: Option<String> = ("SubnetId", "SubnetId", "SubnetId", Body, false, false, Kind::String);
    tag_specifications: Vec<TagSpecification> = ("TagSpecifications", "TagSpecification", "TagSpecification", Body, false, false, Kind::List(&List { item: Kind::Structure(TagSpecification::shape), name: "item", flat: false, quiet: false }));
    user_data: Option<String> = ("UserData", "UserData", "UserData", Body, false, true, Kind::String);
});

crate::structure!(SecurityGroup {
    description: Option<String> = ("Description", "GroupDescription", "groupDescription", Body, false, false, Kind::String);
    group_id: Option<String> = ("GroupId", "GroupId", "groupId", Body, false, false, Kind::String);
    group_name: Option<String> = ("GroupName", "GroupName", "groupName", Body, false, false, Kind::String);
    ip_permissions: Vec<IpPermission> = ("IpPermissions", "IpPermissions", "ipPermissions", Body, false, false, Kind::List(&List { item: Kind::Structure(IpPermission::shape), name: "item", flat: false, quiet: false }));
    ip_permissions_egress: Vec<IpPermission> = ("IpPermissionsEgress", "IpPermissionsEgress", "ipPermissionsEgress", Body, false, false, Kind::List(&List { item: Kind::Structure(IpPermission::shape), name: "item", flat: false, quiet: false }));
    owner_id: Option<String> = ("OwnerId", "OwnerId", "ownerId", Body, false, false, Kind::String);
    security_group_arn: Option<String> = ("SecurityGroupArn", "SecurityGroupArn", "securityGroupArn", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: true }));
    vpc_id: Option<String> = ("VpcId", "VpcId", "vpcId", Body, false, false, Kind::String);
});

crate::structure!(SecurityGroupRule {
    cidr_ipv4: Option<String> = ("CidrIpv4", "CidrIpv4", "cidrIpv4", Body, false, false, Kind::String);
    cidr_ipv6: Option<String> = ("CidrIpv6", "CidrIpv6", "cidrIpv6", Body, false, false, Kind::String);
    description: Option<String> = ("Description", "Description", "description", Body, false, false, Kind::String);
    from_port: Option<i32> = ("FromPort", "FromPort", "fromPort", Body, false, false, Kind::Integer);
    group_id: Option<String> = ("GroupId", "GroupId", "groupId", Body, false, false, Kind::String);
    group_owner_id: Option<String> = ("GroupOwnerId", "GroupOwnerId", "groupOwnerId", Body, false, false, Kind::String);
    ip_protocol: Option<String> = ("IpProtocol", "IpProtocol", "ipProtocol", Body, false, false, Kind::String);
    is_egress: Option<bool> = ("IsEgress", "IsEgress", "isEgress", Body, false, false, Kind::Boolean);
    prefix_list_id: Option<String> = ("PrefixListId", "PrefixListId", "prefixListId", Body, false, false, Kind::String);
    referenced_group_info: Option<ReferencedSecurityGroup> = ("ReferencedGroupInfo", "ReferencedGroupInfo", "referencedGroupInfo", Body, false, false, Kind::Structure(ReferencedSecurityGroup::shape));
    security_group_rule_arn: Option<String> = ("SecurityGroupRuleArn", "SecurityGroupRuleArn", "securityGroupRuleArn", Body, false, false, Kind::String);
    security_group_rule_id: Option<String> = ("SecurityGroupRuleId", "SecurityGroupRuleId", "securityGroupRuleId", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: true }));
    to_port: Option<i32> = ("ToPort", "ToPort", "toPort", Body, false, false, Kind::Integer);
});

crate::structure!(Snapshot {
    availability_zone: Option<String> = ("AvailabilityZone", "AvailabilityZone", "availabilityZone", Body, false, false, Kind::String);
    completion_duration_minutes: Option<i32> = ("CompletionDurationMinutes", "CompletionDurationMinutes", "completionDurationMinutes", Body, false, false, Kind::Integer);
    completion_time: Option<Timestamp> = ("CompletionTime", "CompletionTime", "completionTime", Body, false, false, Kind::Timestamp);
    data_encryption_key_id: Option<String> = ("DataEncryptionKeyId", "DataEncryptionKeyId", "dataEncryptionKeyId", Body, false, false, Kind::String);
    description: Option<String> = ("Description", "Description", "description", Body, false, false, Kind::String);
    encrypted: Option<bool> = ("Encrypted", "Encrypted", "encrypted", Body, false, false, Kind::Boolean);
    full_snapshot_size_in_bytes: Option<i64> = ("FullSnapshotSizeInBytes", "FullSnapshotSizeInBytes", "fullSnapshotSizeInBytes", Body, false, false, Kind::Long);
    kms_key_id: Option<String> = ("KmsKeyId", "KmsKeyId", "kmsKeyId", Body, false, false, Kind::String);
    outpost_arn: Option<String> = ("OutpostArn", "OutpostArn", "outpostArn", Body, false, false, Kind::String);
    owner_alias: Option<String> = ("OwnerAlias", "OwnerAlias", "ownerAlias", Body, false, false, Kind::String);
    owner_id: Option<String> = ("OwnerId", "OwnerId", "ownerId", Body, false, false, Kind::String);
    progress: Option<String> = ("Progress", "Progress", "progress", Body, false, false, Kind::String);
    restore_expiry_time: Option<Timestamp> = ("RestoreExpiryTime", "RestoreExpiryTime", "restoreExpiryTime", Body, false, false, Kind::Timestamp);
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "snapshotId", Body, false, false, Kind::String);
    sse_type: Option<String> = ("SseType", "SseType", "sseType", Body, false, false, Kind::String);
    start_time: Option<Timestamp> = ("StartTime", "StartTime", "startTime", Body, false, false, Kind::Timestamp);
    state: Option<String> = ("State", "Status", "status", Body, false, false, Kind::String);
    state_message: Option<String> = ("StateMessage", "StatusMessage", "statusMessage", Body, false, false, Kind::String);
    storage_tier: Option<String> = ("StorageTier", "StorageTier", "storageTier", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: true }));
    transfer_type: Option<String> = ("TransferType", "TransferType", "transferType", Body, false, false, Kind::String);
    volume_id: Option<String> = ("VolumeId", "VolumeId", "volumeId", Body, false, false, Kind::String);
    volume_size: Option<i32> = ("VolumeSize", "VolumeSize", "volumeSize", Body, false, false, Kind::Integer);
});

crate::structure!(SpotMarketOptions {
    block_duration_minutes: Option<i32> = ("BlockDurationMinutes", "BlockDurationMinutes", "BlockDurationMinutes", Body, false, false, Kind::Integer);
    instance_interruption_behavior: Option<String> = ("InstanceInterruptionBehavior", "InstanceInterruptionBehavior", "InstanceInterruptionBehavior", Body, false, false, Kind::String);
    max_price: Option<String> = ("MaxPrice", "MaxPrice", "MaxPrice", Body, false, false, Kind::String);
    spot_instance_type: Option<String> = ("SpotInstanceType", "SpotInstanceType", "SpotInstanceType", Body, false, false, Kind::String);
    valid_until: Option<Timestamp> = ("ValidUntil", "ValidUntil", "ValidUntil", Body, false, false, Kind::Timestamp);
});

crate::structure!(StartInstancesRequest {
    additional_info: Option<String> = ("AdditionalInfo", "AdditionalInfo", "additionalInfo", Body, false, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    instance_ids: Vec<String> = ("InstanceIds", "InstanceId", "InstanceId", Body, true, false, Kind::List(&List { item: Kind::String, name: "InstanceId", flat: false, quiet: false }));
});

crate::structure!(StartInstancesResult {
    starting_instances: Vec<InstanceStateChange> = ("StartingInstances", "InstancesSet", "instancesSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceStateChange::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(StateReason {
    code: Option<String> = ("Code", "Code", "code", Body, false, false, Kind::String);
    message: Option<String> = ("Message", "Message", "message", Body, false, false, Kind::String);
});

crate::structure!(StopInstancesRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    force: Option<bool> = ("Force", "Force", "force", Body, false, false, Kind::Boolean);
    hibernate: Option<bool> = ("Hibernate", "Hibernate", "Hibernate", Body, false, false, Kind::Boolean);
    instance_ids: Vec<String> = ("InstanceIds", "InstanceId", "InstanceId", Body, true, false, Kind::List(&List { item: Kind::String, name: "InstanceId", flat: false, quiet: false }));
    skip_os_shutdown: Option<bool> = ("SkipOsShutdown", "SkipOsShutdown", "SkipOsShutdown", Body, false, false, Kind::Boolean);
});

crate::structure!(StopInstancesResult {
    stopping_instances: Vec<InstanceStateChange> = ("StoppingInstances", "InstancesSet", "instancesSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceStateChange::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(Subnet {
    assign_ipv6_address_on_creation: Option<bool> = ("AssignIpv6AddressOnCreation", "AssignIpv6AddressOnCreation", "assignIpv6AddressOnCreation", Body, false, false, Kind::Boolean);
    availability_zone: Option<String> = ("AvailabilityZone", "AvailabilityZone", "availabilityZone", Body, false, false, Kind::String);
    availability_zone_id: Option<String> = ("AvailabilityZoneId", "AvailabilityZoneId", "availabilityZoneId", Body, false, false, Kind::String);
    available_ip_address_count: Option<i32> = ("AvailableIpAddressCount", "AvailableIpAddressCount", "availableIpAddressCount", Body, false, false, Kind::Integer);
    block_public_access_states: Option<BlockPublicAccessStates> = ("BlockPublicAccessStates", "BlockPublicAccessStates", "blockPublicAccessStates", Body, false, false, Kind::Structure(BlockPublicAccessStates::shape));
    cidr_block: Option<String> = ("CidrBlock", "CidrBlock", "cidrBlock", Body, false, false, Kind::String);
    customer_owned_ipv4_pool: Option<String> = ("CustomerOwnedIpv4Pool", "CustomerOwnedIpv4Pool", "customerOwnedIpv4Pool", Body, false, false, Kind::String);
    default_for_az: Option<bool> = ("DefaultForAz", "DefaultForAz", "defaultForAz", Body, false, false, Kind::Boolean);
    enable_dns64: Option<bool> = ("EnableDns64", "EnableDns64", "enableDns64", Body, false, false, Kind::Boolean);
    enable_lni_at_device_index: Option<i32> = ("EnableLniAtDeviceIndex", "EnableLniAtDeviceIndex", "enableLniAtDeviceIndex", Body, false, false, Kind::Integer);
    ipv6_cidr_block_association_set: Vec<SubnetIpv6CidrBlockAssociation> = ("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlockAssociationSet", "ipv6CidrBlockAssociationSet", Body, false, false, Kind::List(&List { item: Kind::Structure(SubnetIpv6CidrBlockAssociation::shape), name: "item", flat: false, quiet: false }));
    ipv6_native: Option<bool> = ("Ipv6Native", "Ipv6Native", "ipv6Native", Body, false, false, Kind::Boolean);
    map_customer_owned_ip_on_launch: Option<bool> = ("MapCustomerOwnedIpOnLaunch", "MapCustomerOwnedIpOnLaunch", "mapCustomerOwnedIpOnLaunch", Body, false, false, Kind::Boolean);
    map_public_ip_on_launch: Option<bool> = ("MapPublicIpOnLaunch", "MapPublicIpOnLaunch", "mapPublicIpOnLaunch", Body, false, false, Kind::Boolean);
    outpost_arn: Option<String> = ("OutpostArn", "OutpostArn", "outpostArn", Body, false, false, Kind::String);
    owner_id: Option<String> = ("OwnerId", "OwnerId", "ownerId", Body, false, false, Kind::String);
    private_dns_name_options_on_launch: Option<PrivateDnsNameOptionsOnLaunch> = ("PrivateDnsNameOptionsOnLaunch", "PrivateDnsNameOptionsOnLaunch", "privateDnsNameOptionsOnLaunch", Body, false, false, Kind::Structure(PrivateDnsNameOptionsOnLaunch::shape));
    state: Option<String> = ("State", "State", "state", Body, false, false, Kind::String);
    subnet_arn: Option<String> = ("SubnetArn", "SubnetArn", "subnetArn", Body, false, false, Kind::String);
    subnet_id: Option<String> = ("SubnetId", "SubnetId", "subnetId", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: true }));
    r#type: Option<String> = ("Type", "Type", "type", Body, false, false, Kind::String);
    vpc_id: Option<String> = ("VpcId", "VpcId", "vpcId", Body, false, false, Kind::String);
});

crate::structure!(SubnetCidrBlockState {
    state: Option<String> = ("State", "State", "state", Body, false, false, Kind::String);
    status_message: Option<String> = ("StatusMessage", "StatusMessage", "statusMessage", Body, false, false, Kind::String);
});

crate::structure!(SubnetIpv6CidrBlockAssociation {
    association_id: Option<String> = ("AssociationId", "AssociationId", "associationId", Body, false, false, Kind::String);
    ip_source: Option<String> = ("IpSource", "IpSource", "ipSource", Body, false, false, Kind::String);
    ipv6_address_attribute: Option<String> = ("Ipv6AddressAttribute", "Ipv6AddressAttribute", "ipv6AddressAttribute", Body, false, false, Kind::String);
    ipv6_cidr_block: Option<String> = ("Ipv6CidrBlock", "Ipv6CidrBlock", "ipv6CidrBlock", Body, false, false, Kind::String);
    ipv6_cidr_block_state: Option<SubnetCidrBlockState> = ("Ipv6CidrBlockState", "Ipv6CidrBlockState", "ipv6CidrBlockState", Body, false, false, Kind::Structure(SubnetCidrBlockState::shape));
});

crate::structure!(Tag {
    key: Option<String> = ("Key", "Key", "key", Body, false, false, Kind::String);
    value: Option<String> = ("Value", "Value", "value", Body, false, false, Kind::String);
});

crate::structure!(TagDescription {
    key: Option<String> = ("Key", "Key", "key", Body, false, false, Kind::String);
    resource_id: Option<String> = ("ResourceId", "ResourceId", "resourceId", Body, false, false, Kind::String);
    resource_type: Option<String> = ("ResourceType", "ResourceType", "resourceType", Body, false, false, Kind::String);
    value: Option<String> = ("Value", "Value", "value", Body, false, false, Kind::String);
});

crate::structure!(TagSpecification {
    resource_type: Option<String> = ("ResourceType", "ResourceType", "resourceType", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tag", "Tag", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(TerminateInstancesRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "dryRun", Body, false, false, Kind::Boolean);
    force: Option<bool> = ("Force", "Force", "Force", Body, false, false, Kind::Boolean);
    instance_ids: Vec<String> = ("InstanceIds", "InstanceId", "InstanceId", Body, true, false, Kind::List(&List { item: Kind::String, name: "InstanceId", flat: false, quiet: false }));
    skip_os_shutdown: Option<bool> = ("SkipOsShutdown", "SkipOsShutdown", "SkipOsShutdown", Body, false, false, Kind::Boolean);
});

crate::structure!(TerminateInstancesResult {
    terminating_instances: Vec<InstanceStateChange> = ("TerminatingInstances", "InstancesSet", "instancesSet", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceStateChange::shape), name: "item", flat: false, quiet: false }));
});

crate::structure!(UserIdGroupPair {
    description: Option<String> = ("Description", "Description", "description", Body, false, false, Kind::String);
    group_id: Option<String> = ("GroupId", "GroupId", "groupId", Body, false, false, Kind::String);
    group_name: Option<String> = ("GroupName", "GroupName", "groupName", Body, false, false, Kind::String);
    peering_status: Option<String> = ("PeeringStatus", "PeeringStatus", "peeringStatus", Body, false, false, Kind::String);
    user_id: Option<String> = ("UserId", "UserId", "userId", Body, false, false, Kind::String);
    vpc_id: Option<String> = ("VpcId", "VpcId", "vpcId", Body, false, false, Kind::String);
    vpc_peering_connection_id: Option<String> = ("VpcPeeringConnectionId", "VpcPeeringConnectionId", "vpcPeeringConnectionId", Body, false, false, Kind::String);
});

crate::structure!(VCpuInfo {
    default_cores: Option<i32> = ("DefaultCores", "DefaultCores", "defaultCores", Body, false, false, Kind::Integer);
    default_threads_per_core: Option<i32> = ("DefaultThreadsPerCore", "DefaultThreadsPerCore", "defaultThreadsPerCore", Body, false, false, Kind::Integer);
    default_v_cpus: Option<i32> = ("DefaultVCpus", "DefaultVCpus", "defaultVCpus", Body, false, false, Kind::Integer);
    valid_cores: Vec<i32> = ("ValidCores", "ValidCores", "validCores", Body, false, false, Kind::List(&List { item: Kind::Integer, name: "item", flat: false, quiet: false }));
    valid_threads_per_core: Vec<i32> = ("ValidThreadsPerCore", "ValidThreadsPerCore", "validThreadsPerCore", Body, false, false, Kind::List(&List { item: Kind::Integer, name: "item", flat: false, quiet: false }));
});

crate::structure!(Volume {
    attachments: Vec<VolumeAttachment> = ("Attachments", "AttachmentSet", "attachmentSet", Body, false, false, Kind::List(&List { item: Kind::Structure(VolumeAttachment::shape), name: "item", flat: false, quiet: false }));
    availability_zone: Option<String> = ("AvailabilityZone", "AvailabilityZone", "availabilityZone", Body, false, false, Kind::String);
    availability_zone_id: Option<String> = ("AvailabilityZoneId", "AvailabilityZoneId", "availabilityZoneId", Body, false, false, Kind::String);
    create_time: Option<Timestamp> = ("CreateTime", "CreateTime", "createTime", Body, false, false, Kind::Timestamp);
    encrypted: Option<bool> = ("Encrypted", "Encrypted", "encrypted", Body, false, false, Kind::Boolean);
    fast_restored: Option<bool> = ("FastRestored", "FastRestored", "fastRestored", Body, false, false, Kind::Boolean);
    iops: Option<i32> = ("Iops", "Iops", "iops", Body, false, false, Kind::Integer);
    kms_key_id: Option<String> = ("KmsKeyId", "KmsKeyId", "kmsKeyId", Body, false, false, Kind::String);
    multi_attach_enabled: Option<bool> = ("MultiAttachEnabled", "MultiAttachEnabled", "multiAttachEnabled", Body, false, false, Kind::Boolean);
    operator: Option<OperatorResponse> = ("Operator", "Operator", "operator", Body, false, false, Kind::Structure(OperatorResponse::shape));
    outpost_arn: Option<String> = ("OutpostArn", "OutpostArn", "outpostArn", Body, false, false, Kind::String);
    size: Option<i32> = ("Size", "Size", "size", Body, false, false, Kind::Integer);
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "snapshotId", Body, false, false, Kind::String);
    source_volume_id: Option<String> = ("SourceVolumeId", "SourceVolumeId", "sourceVolumeId", Body, false, false, Kind::String);
    sse_type: Option<String> = ("SseType", "SseType", "sseType", Body, false, false, Kind::String);
    state: Option<String> = ("State", "Status", "status", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: true }));
    throughput: Option<i32> = ("Throughput", "Throughput", "throughput", Body, false, false, Kind::Integer);
    volume_id: Option<String> = ("VolumeId", "VolumeId", "volumeId", Body, false, false, Kind::String);
    volume_initialization_rate: Option<i32> = ("VolumeInitializationRate", "VolumeInitializationRate", "volumeInitializationRate", Body, false, false, Kind::Integer);
    volume_type: Option<String> = ("VolumeType", "VolumeType", "volumeType", Body, false, false, Kind::String);
});

crate::structure!(VolumeAttachment {
    associated_resource: Option<String> = ("AssociatedResource", "AssociatedResource", "associatedResource", Body, false, false, Kind::String);
    attach_time: Option<Timestamp> = ("AttachTime", "AttachTime", "attachTime", Body, false, false, Kind::Timestamp);
    delete_on_termination: Option<bool> = ("DeleteOnTermination", "DeleteOnTermination", "deleteOnTermination", Body, false, false, Kind::Boolean);
    device: Option<String> = ("Device", "Device", "device", Body, false, false, Kind::String);
    ebs_card_index: Option<i32> = ("EbsCardIndex", "EbsCardIndex", "ebsCardIndex", Body, false, false, Kind::Integer);
    instance_id: Option<String> = ("InstanceId", "InstanceId", "instanceId", Body, false, false, Kind::String);
    instance_owning_service: Option<String> = ("InstanceOwningService", "InstanceOwningService", "instanceOwningService", Body, false, false, Kind::String);
    state: Option<String> = ("State", "Status", "status", Body, false, false, Kind::String);
    volume_id: Option<String> = ("VolumeId", "VolumeId", "volumeId", Body, false, false, Kind::String);
});

crate::structure!(Vpc {
    block_public_access_states: Option<BlockPublicAccessStates> = ("BlockPublicAccessStates", "BlockPublicAccessStates", "blockPublicAccessStates", Body, false, false, Kind::Structure(BlockPublicAccessStates::shape));
    cidr_block: Option<String> = ("CidrBlock", "CidrBlock", "cidrBlock", Body, false, false, Kind::String);
    cidr_block_association_set: Vec<VpcCidrBlockAssociation> = ("CidrBlockAssociationSet", "CidrBlockAssociationSet", "cidrBlockAssociationSet", Body, false, false, Kind::List(&List { item: Kind::Structure(VpcCidrBlockAssociation::shape), name: "item", flat: false, quiet: false }));
    dhcp_options_id: Option<String> = ("DhcpOptionsId", "DhcpOptionsId", "dhcpOptionsId", Body, false, false, Kind::String);
    encryption_control: Option<VpcEncryptionControl> = ("EncryptionControl", "EncryptionControl", "encryptionControl", Body, false, false, Kind::Structure(VpcEncryptionControl::shape));
    instance_tenancy: Option<String> = ("InstanceTenancy", "InstanceTenancy", "instanceTenancy", Body, false, false, Kind::String);
    ipv6_cidr_block_association_set: Vec<VpcIpv6CidrBlockAssociation> = ("Ipv6CidrBlockAssociationSet", "Ipv6CidrBlockAssociationSet", "ipv6CidrBlockAssociationSet", Body, false, false, Kind::List(&List { item: Kind::Structure(VpcIpv6CidrBlockAssociation::shape), name: "item", flat: false, quiet: false }));
    is_default: Option<bool> = ("IsDefault", "IsDefault", "isDefault", Body, false, false, Kind::Boolean);
    owner_id: Option<String> = ("OwnerId", "OwnerId", "ownerId", Body, false, false, Kind::String);
    state: Option<String> = ("State", "State", "state", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: true }));
    vpc_id: Option<String> = ("VpcId", "VpcId", "vpcId", Body, false, false, Kind::String);
});

crate::structure!(VpcCidrBlockAssociation {
    association_id: Option<String> = ("AssociationId", "AssociationId", "associationId", Body, false, false, Kind::String);
    cidr_block: Option<String> = ("CidrBlock", "CidrBlock", "cidrBlock", Body, false, false, Kind::String);
    cidr_block_state: Option<VpcCidrBlockState> = ("CidrBlockState", "CidrBlockState", "cidrBlockState", Body, false, false, Kind::Structure(VpcCidrBlockState::shape));
});

crate::structure!(VpcCidrBlockState {
    state: Option<String> = ("State", "State", "state", Body, false, false, Kind::String);
    status_message: Option<String> = ("StatusMessage", "StatusMessage", "statusMessage", Body, false, false, Kind::String);
});

crate::structure!(VpcEncryptionControl {
    mode: Option<String> = ("Mode", "Mode", "mode", Body, false, false, Kind::String);
    resource_exclusions: Option<VpcEncryptionControlExclusions> = ("ResourceExclusions", "ResourceExclusions", "resourceExclusions", Body, false, false, Kind::Structure(VpcEncryptionControlExclusions::shape));
    state: Option<String> = ("State", "State", "state", Body, false, false, Kind::String);
    state_message: Option<String> = ("StateMessage", "StateMessage", "stateMessage", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "TagSet", "tagSet", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "item", flat: false, quiet: false }));
    vpc_encryption_control_id: Option<String> = ("VpcEncryptionControlId", "VpcEncryptionControlId", "vpcEncryptionControlId", Body, false, false, Kind::String);
    vpc_id: Option<String> = ("VpcId", "VpcId", "vpcId", Body, false, false, Kind::String);
});

crate::structure!(VpcEncryptionControlExclusion {
    state: Option<String> = ("State", "State", "state", Body, false, false, Kind::String);
    state_message: Option<String> = ("StateMessage", "StateMessage", "stateMessage", Body, false, false, Kind::String);
});

crate::structure!(VpcEncryptionControlExclusions {
    egress_only_internet_gateway: Option<VpcEncryptionControlExclusion> = ("EgressOnlyInternetGateway", "EgressOnlyInternetGateway", "egressOnlyInternetGateway", Body, false, false, Kind::Structure(VpcEncryptionControlExclusion::shape));
    elastic_file_system: Option<VpcEncryptionControlExclusion> = ("ElasticFileSystem", "ElasticFileSystem", "elasticFileSystem", Body, false, false, Kind::Structure(VpcEncryptionControlExclusion::shape));
    internet_gateway: Option<VpcEncryptionControlExclusion> = ("InternetGateway", "InternetGateway", "internetGateway", Body, false, false, Kind::Structure(VpcEncryptionControlExclusion::shape));
    lambda: Option<VpcEncryptionControlExclusion> = ("Lambda", "Lambda", "lambda", Body, false, false, Kind::Structure(VpcEncryptionControlExclusion::shape));
    nat_gateway: Option<VpcEncryptionControlExclusion> = ("NatGateway", "NatGateway", "natGateway", Body, false, false, Kind::Structure(VpcEncryptionControlExclusion::shape));
    virtual_private_gateway: Option<VpcEncryptionControlExclusion> = ("VirtualPrivateGateway", "VirtualPrivateGateway", "virtualPrivateGateway", Body, false, false, Kind::Structure(VpcEncryptionControlExclusion::shape));
    vpc_lattice: Option<VpcEncryptionControlExclusion> = ("VpcLattice", "VpcLattice", "vpcLattice", Body, false, false, Kind::Structure(VpcEncryptionControlExclusion::shape));
    vpc_peering: Option<VpcEncryptionControlExclusion> = ("VpcPeering", "VpcPeering", "vpcPeering", Body, false, false, Kind::Structure(VpcEncryptionControlExclusion::shape));
});

crate::structure!(VpcIpv6CidrBlockAssociation {
    association_id: Option<String> = ("AssociationId", "AssociationId", "associationId", Body, false, false, Kind::String);
    ip_source: Option<String> = ("IpSource", "IpSource", "ipSource", Body, false, false, Kind::String);
    ipv6_address_attribute: Option<String> = ("Ipv6AddressAttribute", "Ipv6AddressAttribute", "ipv6AddressAttribute", Body, false, false, Kind::String);
    ipv6_cidr_block: Option<String> = ("Ipv6CidrBlock", "Ipv6CidrBlock", "ipv6CidrBlock", Body, false, false, Kind::String);
    ipv6_cidr_block_state: Option<VpcCidrBlockState> = ("Ipv6CidrBlockState", "Ipv6CidrBlockState", "ipv6CidrBlockState", Body, false, false, Kind::Structure(VpcCidrBlockState::shape));
    ipv6_pool: Option<String> = ("Ipv6Pool", "Ipv6Pool", "ipv6Pool", Body, false, false, Kind::String);
    network_border_group: Option<String> = ("NetworkBorderGroup", "NetworkBorderGroup", "networkBorderGroup", Body, false, false, Kind::String);
});
