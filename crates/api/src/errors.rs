//! What an error of the domain is called on the wire: one total mapping for each service.
//!
//! Precedence: authenticate, parse, replay, look, authorize, state, limits. (EC2 API Reference,
//! "Error codes"; EBS direct API Reference.)

use base::{Error, Reason, Subject};
use protocol::call::Protocol;
use protocol::{Fault, Service};

/// The answer to an error. What is our fault goes to the log with its causes, never to the caller.
pub(crate) fn fault(service: Service, operation: &str, error: &Error, request_id: &str) -> Fault {
    if matches!(error.reason, Reason::Internal | Reason::Conflict) {
        tracing::error!(request_id, operation, error = %error.chain(), "internal error");
    }
    if service == Service::CloudTrail {
        return cloudtrail(error);
    }
    if service == Service::Kms {
        return kms(error);
    }
    match service.protocol() {
        Protocol::Ec2Query => ec2(error),
        Protocol::Query => query(error),
        Protocol::Json if service == Service::Organizations => organizations(error),
        Protocol::Json | Protocol::RestJson => ebs(error),
    }
}

fn ec2(error: &Error) -> Fault {
    let (code, status) = ec2_code(error.reason, error.subject);
    Fault::new(code, status, error.message.clone())
}

/// EC2's codes. No wildcard on the reason, so that a new one does not compile until it is named.
fn ec2_code(reason: Reason, subject: Subject) -> (&'static str, u16) {
    match reason {
        Reason::Missing => ("MissingParameter", 400),
        Reason::Malformed => (malformed(subject), 400),
        Reason::Invalid => (invalid(subject), 400),
        Reason::Combination if subject == Subject::Zone => ("InvalidVolume.ZoneMismatch", 400),
        Reason::Combination => ("InvalidParameterCombination", 400),
        Reason::Dependency => ("InvalidParameterDependency", 400),
        Reason::NotFound => (not_found(subject), 400),
        Reason::Unavailable => (unavailable(subject), 400),
        Reason::Duplicate => (duplicate(subject), 400),
        Reason::WrongState => (wrong_state(subject), 400),
        Reason::InUse => (in_use(subject), 400),
        Reason::Limit => (limit(subject), 400),
        Reason::TokenReused => ("IdempotentParameterMismatch", 400),
        Reason::Unsupported => ("UnsupportedOperation", 400),
        Reason::NotAuthorized => ("AuthFailure", 400),
        Reason::NotPermitted if subject == Subject::ProductCode => ("InvalidProductInfo", 400),
        Reason::NotPermitted => ("OperationNotPermitted", 400),
        Reason::Denied => ("UnauthorizedOperation", 403),
        Reason::DryRun => ("DryRunOperation", 412),
        Reason::Conflict => ("Unavailable", 503),
        Reason::Throttled => ("RequestLimitExceeded", 503),
        Reason::Capacity if subject == Subject::Subnet => {
            ("InsufficientFreeAddressesInSubnet", 400)
        }
        Reason::Capacity => ("InsufficientInstanceCapacity", 500),
        Reason::Internal => ("InternalError", 500),
    }
}

fn malformed(subject: Subject) -> &'static str {
    match subject {
        Subject::Image => "InvalidAMIID.Malformed",
        Subject::ImageName => "InvalidAMIName.Malformed",
        Subject::ImageAttribute => "InvalidAMIAttributeItemValue",
        Subject::Snapshot => "InvalidSnapshotID.Malformed",
        Subject::Volume => "InvalidVolumeID.Malformed",
        Subject::Instance => "InvalidInstanceID.Malformed",
        Subject::ProfileAssociation => "InvalidAssociationID.Malformed",
        Subject::Account => "InvalidUserID.Malformed",
        Subject::KeyPair => "InvalidKeyPair.Format",
        Subject::KeyMaterial => "InvalidKey.Format",
        Subject::Group => "InvalidGroupId.Malformed",
        Subject::GroupRule => "InvalidSecurityGroupRuleId.Malformed",
        Subject::Vpc => "InvalidVpcID.Malformed",
        Subject::Subnet => "InvalidSubnetID.Malformed",
        Subject::Interface => "InvalidNetworkInterfaceID.Malformed",
        Subject::Tag => "InvalidTagKey.Malformed",
        Subject::Resource => "InvalidID",
        Subject::UserData => "InvalidUserData.Malformed",
        _ => "InvalidParameterValue",
    }
}

fn invalid(subject: Subject) -> &'static str {
    match subject {
        Subject::Storage => "InvalidRequest",
        Subject::Snapshot => "InvalidParameter",
        Subject::BlockDeviceMapping => "InvalidBlockDeviceMapping",
        Subject::ImageAttribute => "InvalidAMIAttributeItemValue",
        Subject::InstanceAttribute => "InvalidInstanceAttributeValue",
        Subject::Zone => "InvalidZone.NotFound",
        Subject::Region => "InvalidRegion",
        Subject::PageToken => "InvalidPaginationToken",
        Subject::Volume => "UnknownVolumeType",
        Subject::Attachment => "InvalidAttachment.NotFound",
        Subject::GroupRule => "InvalidPermission.Malformed",
        Subject::KeyMaterial => "InvalidKey.Format",
        Subject::UserData => "InvalidUserData.Malformed",
        Subject::Group => "InvalidParameterCombination",
        _ => "InvalidParameterValue",
    }
}

fn not_found(subject: Subject) -> &'static str {
    match subject {
        Subject::Image => "InvalidAMIID.NotFound",
        Subject::Snapshot => "InvalidSnapshot.NotFound",
        Subject::Volume => "InvalidVolume.NotFound",
        Subject::Attachment => "InvalidAttachment.NotFound",
        Subject::Instance => "InvalidInstanceID.NotFound",
        Subject::KeyPair => "InvalidKeyPair.NotFound",
        Subject::Vpc => "InvalidVpcID.NotFound",
        Subject::Subnet => "InvalidSubnetID.NotFound",
        Subject::Group => "InvalidGroup.NotFound",
        Subject::GroupRule => "InvalidPermission.NotFound",
        Subject::Interface => "InvalidNetworkInterfaceID.NotFound",
        Subject::ProfileAssociation => "InvalidAssociationID.NotFound",
        Subject::Zone => "InvalidZone.NotFound",
        Subject::Region => "InvalidRegion",
        Subject::Resource => "InvalidID",
        _ => "InvalidParameterValue",
    }
}

fn unavailable(subject: Subject) -> &'static str {
    match subject {
        Subject::Image => "InvalidAMIID.Unavailable",
        Subject::Snapshot => "IncorrectState",
        Subject::ClientToken => "IdempotentInstanceTerminated",
        _ => "Unavailable",
    }
}

fn duplicate(subject: Subject) -> &'static str {
    match subject {
        Subject::ImageName => "InvalidAMIName.Duplicate",
        Subject::KeyPair => "InvalidKeyPair.Duplicate",
        Subject::Group => "InvalidGroup.Duplicate",
        Subject::GroupRule => "InvalidPermission.Duplicate",
        _ => "InvalidParameterValue",
    }
}

fn wrong_state(subject: Subject) -> &'static str {
    match subject {
        Subject::Instance => "IncorrectInstanceState",
        _ => "IncorrectState",
    }
}

fn in_use(subject: Subject) -> &'static str {
    match subject {
        Subject::Snapshot => "InvalidSnapshot.InUse",
        Subject::Volume => "VolumeInUse",
        Subject::Group => "DependencyViolation",
        Subject::Device | Subject::BlockDeviceMapping => "InvalidParameterValue",
        Subject::Interface => "InvalidIPAddress.InUse",
        _ => "DependencyViolation",
    }
}

fn limit(subject: Subject) -> &'static str {
    match subject {
        Subject::Tag => "TagLimitExceeded",
        Subject::Filter => "FilterLimitExceeded",
        Subject::Instance => "InstanceLimitExceeded",
        Subject::Snapshot => "SnapshotLimitExceeded",
        Subject::Volume => "VolumeLimitExceeded",
        Subject::Attachment => "AttachmentLimitExceeded",
        Subject::GroupRule => "RulesPerSecurityGroupLimitExceeded",
        Subject::Group => "SecurityGroupsPerInstanceLimitExceeded",
        _ => "ResourceLimitExceeded",
    }
}

/// CloudTrail's codes.
fn cloudtrail(error: &Error) -> Fault {
    let (code, status) = match (error.reason, error.subject) {
        (_, Subject::PageToken) => ("InvalidNextTokenException", 400),
        (_, Subject::MaxResults) => ("InvalidMaxResultsException", 400),
        (_, Subject::Filter) => ("InvalidLookupAttributesException", 400),
        (Reason::Combination, _) => ("InvalidTimeRangeException", 400),
        (Reason::Denied | Reason::NotAuthorized | Reason::NotPermitted, _) => {
            ("AccessDeniedException", 400)
        }
        (Reason::Throttled, _) => ("ThrottlingException", 400),
        (Reason::Internal | Reason::Conflict | Reason::Unavailable, _) => ("InternalFailure", 500),
        _ => ("InvalidParameterCombinationException", 400),
    };
    Fault::new(code, status, error.message.clone())
}

fn query(error: &Error) -> Fault {
    let (code, status) = match error.reason {
        Reason::Denied | Reason::NotAuthorized | Reason::NotPermitted => ("AccessDenied", 403),
        Reason::Throttled => ("Throttling", 400),
        Reason::Internal | Reason::Conflict => ("InternalFailure", 500),
        Reason::Unavailable | Reason::Capacity => ("ServiceUnavailable", 503),
        Reason::NotFound => ("NoSuchEntity", 404),
        Reason::Malformed if error.subject == Subject::Policy => ("MalformedPolicyDocument", 400),
        Reason::Malformed if error.subject == Subject::Session => {
            ("InvalidAuthorizationMessageException", 400)
        }
        Reason::Limit if error.subject == Subject::Session => ("PackedPolicyTooLarge", 400),
        Reason::InUse => ("DeleteConflict", 409),
        Reason::Duplicate => ("EntityAlreadyExists", 409),
        Reason::Limit => ("LimitExceeded", 409),
        Reason::Missing
        | Reason::Malformed
        | Reason::Invalid
        | Reason::Combination
        | Reason::Dependency
        | Reason::WrongState
        | Reason::TokenReused
        | Reason::Unsupported
        | Reason::DryRun => ("ValidationError", 400),
    };
    Fault::new(code, status, error.message.clone())
}

fn organizations(error: &Error) -> Fault {
    let (code, status) = match (error.reason, error.subject) {
        (Reason::Denied | Reason::NotAuthorized | Reason::NotPermitted, _) => {
            ("AccessDeniedException", 400)
        }
        (Reason::NotFound, Subject::Account) => ("AccountNotFoundException", 400),
        (Reason::NotFound, Subject::OrganizationalUnit) => {
            ("OrganizationalUnitNotFoundException", 400)
        }
        (Reason::NotFound, Subject::Resource) => ("ChildNotFoundException", 400),
        (Reason::NotFound, _) => ("ParentNotFoundException", 400),
        (Reason::Invalid, Subject::Organization) => ("DestinationParentNotFoundException", 400),
        (Reason::WrongState, Subject::Organization) => ("SourceParentNotFoundException", 400),
        (Reason::Duplicate, _) => ("DuplicateOrganizationalUnitException", 400),
        (Reason::InUse, _) => ("OrganizationalUnitNotEmptyException", 400),
        (Reason::Limit, _) => ("ConstraintViolationException", 400),
        (Reason::Throttled, _) => ("TooManyRequestsException", 400),
        (Reason::Conflict, _) => ("ConcurrentModificationException", 400),
        (Reason::Internal | Reason::Unavailable | Reason::Capacity, _) => ("ServiceException", 500),
        (
            Reason::Missing
            | Reason::Malformed
            | Reason::Invalid
            | Reason::Combination
            | Reason::Dependency
            | Reason::WrongState
            | Reason::TokenReused
            | Reason::Unsupported
            | Reason::DryRun,
            _,
        ) => ("InvalidInputException", 400),
    };
    Fault::new(code, status, error.message.clone())
}

fn ebs(error: &Error) -> Fault {
    let fault = |code: &str, status| Fault::new(code, status, error.message.clone());
    match error.reason {
        Reason::NotFound => {
            let reason = if error.subject == Subject::Snapshot {
                "SNAPSHOT_NOT_FOUND"
            } else {
                "DEPENDENCY_RESOURCE_NOT_FOUND"
            };
            fault("ResourceNotFoundException", 404).with("Reason", reason)
        }
        Reason::Denied | Reason::NotAuthorized | Reason::NotPermitted => {
            fault("AccessDeniedException", 403).with("Reason", "UNAUTHORIZED_ACCOUNT")
        }
        Reason::TokenReused | Reason::Duplicate => fault("ConflictException", 409),
        Reason::Limit => fault("ServiceQuotaExceededException", 402)
            .with("Reason", "DEPENDENCY_SERVICE_QUOTA_EXCEEDED"),
        Reason::Throttled => {
            fault("RequestThrottledException", 400).with("Reason", "ACCOUNT_THROTTLED")
        }
        Reason::Unavailable if error.subject == Subject::SnapshotBlock => {
            fault("ValidationException", 400).with("Reason", "WRITE_REQUEST_TIMEOUT")
        }
        Reason::Internal | Reason::Conflict | Reason::Unavailable | Reason::Capacity => {
            fault("InternalServerException", 500)
        }
        Reason::Missing
        | Reason::Malformed
        | Reason::Invalid
        | Reason::Combination
        | Reason::Dependency
        | Reason::WrongState
        | Reason::InUse
        | Reason::Unsupported
        | Reason::DryRun => fault("ValidationException", 400).with("Reason", validation(error)),
    }
}

/// EBS's reason of a ValidationException.
fn validation(error: &Error) -> &'static str {
    match (error.reason, error.subject) {
        (_, Subject::PageToken) => "INVALID_PAGE_TOKEN",
        (_, Subject::BlockToken) => "INVALID_BLOCK_TOKEN",
        (Reason::InUse, Subject::SnapshotBlock) => "CONFLICTING_BLOCK_UPDATE",
        (_, Subject::SnapshotBlock) => "INVALID_BLOCK",
        (Reason::Combination, Subject::Snapshot) => "UNRELATED_SNAPSHOTS",
        (_, Subject::Snapshot) => "INVALID_SNAPSHOT_ID",
        (_, Subject::VolumeSize) => "INVALID_VOLUME_SIZE",
        (_, Subject::Tag) => "INVALID_TAG",
        _ => "INVALID_PARAMETER_VALUE",
    }
}

fn kms(error: &Error) -> Fault {
    let (code, status) = kms_code(error.reason, error.subject);
    Fault::new(code, status, error.message.clone())
}

/// KMS's codes. No wildcard on the reason, as above.
fn kms_code(reason: Reason, subject: Subject) -> (&'static str, u16) {
    let code = match (reason, subject) {
        (Reason::Internal | Reason::Conflict, _) => return ("KMSInternalException", 500),
        (Reason::Capacity, _) => return ("KeyUnavailableException", 500),
        (Reason::Throttled, _) => "ThrottlingException",
        (Reason::DryRun, _) => "DryRunOperationException",
        (Reason::Denied | Reason::NotAuthorized, _) => "AccessDeniedException",
        (Reason::Limit, _) => "LimitExceededException",
        (Reason::Malformed | Reason::Invalid, Subject::Tag) => "TagException",
        (Reason::NotFound, _) => "NotFoundException",
        (Reason::Duplicate, _) => "AlreadyExistsException",
        (Reason::Unavailable, Subject::ImportToken) => "ExpiredImportTokenException",
        (Reason::Unavailable, _) => "DisabledException",
        (Reason::WrongState | Reason::InUse, _) => "KMSInvalidStateException",
        (Reason::Malformed, Subject::Policy) => "MalformedPolicyDocumentException",
        (Reason::Malformed, Subject::Key) => "InvalidArnException",
        (Reason::Malformed | Reason::NotPermitted, Subject::Alias) => "InvalidAliasNameException",
        (Reason::NotPermitted, _) => "AccessDeniedException",
        (Reason::Combination, Subject::Key) => "IncorrectKeyException",
        (Reason::Combination, Subject::KeyMaterial) => "IncorrectKeyMaterialException",
        (Reason::Invalid, Subject::Ciphertext) => "InvalidCiphertextException",
        (Reason::Invalid, Subject::GrantToken) => "InvalidGrantTokenException",
        (Reason::Invalid, Subject::ImportToken) => "InvalidImportTokenException",
        (Reason::Invalid, Subject::PageToken) => "InvalidMarkerException",
        (Reason::Unsupported, _) => "UnsupportedOperationException",
        (
            Reason::Missing
            | Reason::Malformed
            | Reason::Invalid
            | Reason::Combination
            | Reason::Dependency
            | Reason::TokenReused,
            _,
        ) => "ValidationException",
    };
    (code, 400)
}
