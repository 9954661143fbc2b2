//! What an operation's file provides, and the table that finds it by its name.

use crate::recorded::refused;
use crate::{App, admitted, cloudtrail, ebs, ec2, iam, kms, organizations, sts};
use base::Result;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Response};
use identity::Call;
use protocol::call::{decode, encode, unreadable};
use protocol::{Operation, Service};
use std::pin::Pin;

/// One operation: from its wire input to its wire output.
pub(crate) trait Run: Operation {
    /// Runs it. It may be run again from the top after a lost race.
    fn run(
        app: &App,
        call: &Call,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output>> + Send;

    /// A header of the answer that AWS's model does not know; nothing, for nearly all.
    fn aside(_app: &App, _input: &Self::Input) -> Option<(&'static str, String)> {
        None
    }
}

/// How often an operation that lost a race is run again. Races are rare and short.
const ATTEMPTS: u32 = 20;

/// Reads, runs and answers one operation.
async fn answer<O: Run>(app: &App, call: &Call, parts: &Parts, body: &Bytes) -> Response<Bytes> {
    let input = match decode::<O>(parts, body) {
        Ok(input) => input,
        Err(why) => {
            return refused(O::SERVICE, &unreadable(O::SERVICE, &why), &call.request_id);
        }
    };
    let mut attempt = 0;
    loop {
        match run_once::<O>(app, call, input.clone()).await {
            Ok(output) => {
                let mut answer = encode::<O>(output, &call.request_id);
                if let Some((name, value)) = O::aside(app, &input)
                    && let Ok(value) = HeaderValue::from_str(&value)
                {
                    answer.headers_mut().insert(name, value);
                }
                return answer;
            }
            Err(error) if error.is_conflict() && attempt < ATTEMPTS => {
                attempt += 1;
                tokio::time::sleep(std::time::Duration::from_millis(u64::from(attempt))).await;
            }
            Err(error) => {
                let fault = crate::errors::fault(O::SERVICE, O::NAME, &error, &call.request_id);
                let fault = crate::refusal::explained(app, O::SERVICE, &error, fault);
                return refused(O::SERVICE, &fault, &call.request_id);
            }
        }
    }
}

async fn run_once<O: Run>(app: &App, call: &Call, input: O::Input) -> Result<O::Output> {
    admitted::ask(app, call, (O::SERVICE, O::NAME)).await?;
    O::run(app, call, input).await
}

/// [`answer`] on the heap. A function of its own, so that the stack never holds the operations of
/// the whole table at once.
fn answered<'a, O: Run>(
    app: &'a App,
    call: &'a Call,
    parts: &'a Parts,
    body: &'a Bytes,
) -> Pin<Box<dyn Future<Output = Response<Bytes>> + Send + 'a>> {
    Box::pin(answer::<O>(app, call, parts, body))
}

macro_rules! operations {
    ($($service:ident :: { $($name:ident),* $(,)? })*) => {
        /// Runs the operation of this name; nothing if there is none.
        pub(crate) async fn dispatch(
            app: &App,
            call: &Call,
            (service, name): (Service, &str),
            (parts, body): (&Parts, &Bytes),
        ) -> Option<Response<Bytes>> {
            $($(
                if service == protocol::$service::$name::SERVICE && name == protocol::$service::$name::NAME {
                    return Some(answered::<protocol::$service::$name>(app, call, parts, body).await);
                }
            )*)*
            None
        }

        /// Every operation that has a file.
        #[cfg(test)]
        const RUN: &[(Service, &str)] = &[$($(
            (protocol::$service::$name::SERVICE, protocol::$service::$name::NAME),
        )*)*];
    };
}

operations! {
    ec2::{
        AssociateIamInstanceProfile, AttachVolume, AuthorizeSecurityGroupIngress, CancelImageLaunchPermission, CopyImage,
        CopySnapshot, CreateImage, CreateKeyPair, CreateSecurityGroup, CreateSnapshot, CreateTags,
        CreateVolume, DeleteKeyPair, DeleteSecurityGroup, DeleteSnapshot, DeleteTags, DeleteVolume,
        DeregisterImage, DescribeAccountAttributes, DescribeAvailabilityZones,
        DescribeIamInstanceProfileAssociations, DescribeImageAttribute, DescribeImages, DescribeInstanceAttribute, DescribeInstanceStatus,
        DescribeInstanceTypeOfferings, DescribeInstanceTypes, DescribeInstances, DescribeKeyPairs,
        DescribeNetworkInterfaces, DescribeRegions, DescribeSecurityGroupRules,
        DescribeSecurityGroups, DescribeSnapshotAttribute, DescribeSnapshots, DescribeSubnets,
        DescribeTags, DescribeVolumeAttribute, DescribeVolumes, DescribeVpcs, DetachVolume, DisableAllowedImagesSettings,
        DisableEbsEncryptionByDefault, DisableImageBlockPublicAccess,
        DisableSnapshotBlockPublicAccess, DisassociateIamInstanceProfile, EnableAllowedImagesSettings, EnableEbsEncryptionByDefault,
        EnableImageBlockPublicAccess, EnableSnapshotBlockPublicAccess, GetAllowedImagesSettings,
        GetConsoleOutput, GetConsoleScreenshot, GetEbsDefaultKmsKeyId,
        GetEbsEncryptionByDefault,
        GetImageBlockPublicAccessState, GetSnapshotBlockPublicAccessState, ImportKeyPair,
        ModifyEbsDefaultKmsKeyId, ModifyImageAttribute, ModifyInstanceAttribute, ModifyInstanceMetadataOptions,
        ModifySnapshotAttribute, RebootInstances, RegisterImage,
        ReplaceIamInstanceProfileAssociation, ReplaceImageCriteriaInAllowedImagesSettings, ResetEbsDefaultKmsKeyId, ResetImageAttribute, ResetSnapshotAttribute,
        RevokeSecurityGroupIngress, RunInstances, StartInstances, StopInstances, TerminateInstances,
    }
    cloudtrail::{ LookupEvents }
    sts::{
        AssumeRole, DecodeAuthorizationMessage, GetAccessKeyInfo, GetCallerIdentity,
        GetSessionToken,
    }
    iam::{
        AddRoleToInstanceProfile, AddUserToGroup, AttachGroupPolicy, AttachRolePolicy,
        AttachUserPolicy, CreateAccessKey, CreateAccountAlias, CreateGroup,
        CreateInstanceProfile, CreatePolicy, CreatePolicyVersion, CreateRole, CreateUser,
        DeleteAccessKey, DeleteAccountAlias, DeleteGroup, DeleteGroupPolicy,
        DeleteInstanceProfile, DeletePolicy, DeletePolicyVersion, DeleteRole,
        DeleteRolePermissionsBoundary, DeleteRolePolicy, DeleteUser,
        DeleteUserPermissionsBoundary, DeleteUserPolicy, DetachGroupPolicy,
        DetachRolePolicy, DetachUserPolicy, GetAccountAuthorizationDetails, GetGroup, GetGroupPolicy, GetInstanceProfile,
        GetPolicy, GetPolicyVersion, GetRole, GetRolePolicy, GetUser, GetUserPolicy,
        ListAccessKeys, ListAccountAliases, ListAttachedGroupPolicies,
        ListAttachedRolePolicies, ListAttachedUserPolicies, ListEntitiesForPolicy,
        ListGroupPolicies, ListGroups, ListInstanceProfileTags, ListPolicyTags, ListGroupsForUser, ListInstanceProfiles,
        ListInstanceProfilesForRole, ListPolicies, ListPolicyVersions, ListRolePolicies,
        ListRoleTags, ListRoles, ListUserPolicies, ListUserTags, ListUsers,
        PutGroupPolicy, PutRolePermissionsBoundary, PutRolePolicy,
        PutUserPermissionsBoundary, PutUserPolicy, RemoveRoleFromInstanceProfile,
        RemoveUserFromGroup, SetDefaultPolicyVersion, SimulateCustomPolicy,
        SimulatePrincipalPolicy, TagInstanceProfile, TagPolicy, TagRole, TagUser,
        UntagInstanceProfile, UntagPolicy, UntagRole, UntagUser, UpdateAccessKey,
        UpdateAssumeRolePolicy, UpdateGroup, UpdateRole, UpdateUser,
    }
    organizations::{
        CreateOrganizationalUnit, DeleteOrganizationalUnit, DescribeAccount,
        DescribeOrganization, DescribeOrganizationalUnit, ListAccounts,
        ListAccountsForParent, ListChildren, ListOrganizationalUnitsForParent,
        ListParents, ListRoots, MoveAccount, UpdateOrganizationalUnit,
    }
    kms::{
        CancelKeyDeletion, CreateAlias, CreateGrant, CreateKey, Decrypt, DeleteAlias,
        DeleteImportedKeyMaterial, DescribeKey, DisableKey, DisableKeyRotation, EnableKey,
        EnableKeyRotation, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext,
        GenerateRandom, GetKeyPolicy, GetKeyRotationStatus, GetParametersForImport,
        ImportKeyMaterial, ListAliases, ListGrants, ListKeyPolicies, ListKeyRotations, ListKeys,
        ListResourceTags, ListRetirableGrants, PutKeyPolicy, ReEncrypt, RetireGrant, RevokeGrant,
        RotateKeyOnDemand, ScheduleKeyDeletion, TagResource, UntagResource, UpdateAlias,
        UpdateKeyDescription,
    }
    ebs::{
        CompleteSnapshot, GetSnapshotBlock, ListChangedBlocks, ListSnapshotBlocks,
        PutSnapshotBlock, StartSnapshot,
    }
}

// The files themselves are found through these modules.
#[allow(
    unused_imports,
    reason = "each file implements `Run` for its operation"
)]
use {cloudtrail as _, ebs as _, ec2 as _, iam as _, kms as _, organizations as _, sts as _};

#[cfg(test)]
mod tests {
    use super::RUN;

    #[test]
    fn every_operation_of_the_wire_is_run_by_a_file() {
        let wire: Vec<_> = protocol::route::OPERATIONS
            .iter()
            .map(|entry| (entry.service, entry.name))
            .collect();
        for operation in &wire {
            assert!(
                RUN.contains(operation),
                "{operation:?} is spoken and not run"
            );
        }
        assert_eq!(wire.len(), RUN.len());
    }
}
