//! Written by `cargo xtask gen` from botocore 1.43.11's service models: do not edit.

#![allow(unused_imports, reason = "not every service has every kind")]

use crate::call::{Model, Protocol, Service, Unit};
use crate::shape::{Kind, List, Map, Structure, Timestamp};
use bytes::Bytes;
use std::collections::BTreeMap;

/// What the model says of the whole service.
pub static MODEL: Model = Model {
    name: "iam",
    protocol: Protocol::Query,
    version: "2010-05-08",
    namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
    target: "",
    content_type: "text/xml;charset=UTF-8",
};

crate::operation!(AddRoleToInstanceProfile: AddRoleToInstanceProfileRequest => Unit, Service::Iam, "POST" "/" 200, ["InstanceProfileName", "RoleName"]);

crate::operation!(AddUserToGroup: AddUserToGroupRequest => Unit, Service::Iam, "POST" "/" 200, ["GroupName", "UserName"]);

crate::operation!(AttachGroupPolicy: AttachGroupPolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["GroupName", "PolicyArn"]);

crate::operation!(AttachRolePolicy: AttachRolePolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["RoleName", "PolicyArn"]);

crate::operation!(AttachUserPolicy: AttachUserPolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["UserName", "PolicyArn"]);

crate::operation!(CreateAccessKey: CreateAccessKeyRequest => CreateAccessKeyResponse, Service::Iam, "POST" "/" 200, ["UserName"]);

crate::operation!(CreateAccountAlias: CreateAccountAliasRequest => Unit, Service::Iam, "POST" "/" 200, ["AccountAlias"]);

crate::operation!(CreateGroup: CreateGroupRequest => CreateGroupResponse, Service::Iam, "POST" "/" 200, ["Path", "GroupName"]);

crate::operation!(CreateInstanceProfile: CreateInstanceProfileRequest => CreateInstanceProfileResponse, Service::Iam, "POST" "/" 200, ["InstanceProfileName", "Path", "Tags"]);

crate::operation!(CreatePolicy: CreatePolicyRequest => CreatePolicyResponse, Service::Iam, "POST" "/" 200, ["PolicyName", "Path", "PolicyDocument", "Description", "Tags"]);

crate::operation!(CreatePolicyVersion: CreatePolicyVersionRequest => CreatePolicyVersionResponse, Service::Iam, "POST" "/" 200, ["PolicyArn", "PolicyDocument", "SetAsDefault"]);

crate::operation!(CreateRole: CreateRoleRequest => CreateRoleResponse, Service::Iam, "POST" "/" 200, ["Path", "RoleName", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags"]);

crate::operation!(CreateUser: CreateUserRequest => CreateUserResponse, Service::Iam, "POST" "/" 200, ["Path", "UserName", "PermissionsBoundary", "Tags"]);

crate::operation!(DeleteAccessKey: DeleteAccessKeyRequest => Unit, Service::Iam, "POST" "/" 200, ["UserName", "AccessKeyId"]);

crate::operation!(DeleteAccountAlias: DeleteAccountAliasRequest => Unit, Service::Iam, "POST" "/" 200, ["AccountAlias"]);

crate::operation!(DeleteGroup: DeleteGroupRequest => Unit, Service::Iam, "POST" "/" 200, ["GroupName"]);

crate::operation!(DeleteGroupPolicy: DeleteGroupPolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["GroupName", "PolicyName"]);

crate::operation!(DeleteInstanceProfile: DeleteInstanceProfileRequest => Unit, Service::Iam, "POST" "/" 200, ["InstanceProfileName"]);

crate::operation!(DeletePolicy: DeletePolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["PolicyArn"]);

crate::operation!(DeletePolicyVersion: DeletePolicyVersionRequest => Unit, Service::Iam, "POST" "/" 200, ["PolicyArn", "VersionId"]);

crate::operation!(DeleteRole: DeleteRoleRequest => Unit, Service::Iam, "POST" "/" 200, ["RoleName"]);

crate::operation!(DeleteRolePermissionsBoundary: DeleteRolePermissionsBoundaryRequest => Unit, Service::Iam, "POST" "/" 200, ["RoleName"]);

crate::operation!(DeleteRolePolicy: DeleteRolePolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["RoleName", "PolicyName"]);

crate::operation!(DeleteUser: DeleteUserRequest => Unit, Service::Iam, "POST" "/" 200, ["UserName"]);

crate::operation!(DeleteUserPermissionsBoundary: DeleteUserPermissionsBoundaryRequest => Unit, Service::Iam, "POST" "/" 200, ["UserName"]);

crate::operation!(DeleteUserPolicy: DeleteUserPolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["UserName", "PolicyName"]);

crate::operation!(DetachGroupPolicy: DetachGroupPolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["GroupName", "PolicyArn"]);

crate::operation!(DetachRolePolicy: DetachRolePolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["RoleName", "PolicyArn"]);

crate::operation!(DetachUserPolicy: DetachUserPolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["UserName", "PolicyArn"]);

crate::operation!(GetAccountAuthorizationDetails: GetAccountAuthorizationDetailsRequest => GetAccountAuthorizationDetailsResponse, Service::Iam, "POST" "/" 200, ["Filter", "Marker", "MaxItems"]);

crate::operation!(GetGroup: GetGroupRequest => GetGroupResponse, Service::Iam, "POST" "/" 200, ["GroupName", "Marker", "MaxItems"]);

crate::operation!(GetGroupPolicy: GetGroupPolicyRequest => GetGroupPolicyResponse, Service::Iam, "POST" "/" 200, ["GroupName", "PolicyName"]);

crate::operation!(GetInstanceProfile: GetInstanceProfileRequest => GetInstanceProfileResponse, Service::Iam, "POST" "/" 200, ["InstanceProfileName"]);

crate::operation!(GetPolicy: GetPolicyRequest => GetPolicyResponse, Service::Iam, "POST" "/" 200, ["PolicyArn"]);

crate::operation!(GetPolicyVersion: GetPolicyVersionRequest => GetPolicyVersionResponse, Service::Iam, "POST" "/" 200, ["PolicyArn", "VersionId"]);

crate::operation!(GetRole: GetRoleRequest => GetRoleResponse, Service::Iam, "POST" "/" 200, ["RoleName"]);

crate::operation!(GetRolePolicy: GetRolePolicyRequest => GetRolePolicyResponse, Service::Iam, "POST" "/" 200, ["RoleName", "PolicyName"]);

crate::operation!(GetUser: GetUserRequest => GetUserResponse, Service::Iam, "POST" "/" 200, ["UserName"]);

crate::operation!(GetUserPolicy: GetUserPolicyRequest => GetUserPolicyResponse, Service::Iam, "POST" "/" 200, ["UserName", "PolicyName"]);

crate::operation!(ListAccessKeys: ListAccessKeysRequest => ListAccessKeysResponse, Service::Iam, "POST" "/" 200, ["UserName", "Marker", "MaxItems"]);

crate::operation!(ListAccountAliases: ListAccountAliasesRequest => ListAccountAliasesResponse, Service::Iam, "POST" "/" 200, ["Marker", "MaxItems"]);

crate::operation!(ListAttachedGroupPolicies: ListAttachedGroupPoliciesRequest => ListAttachedGroupPoliciesResponse, Service::Iam, "POST" "/" 200, ["GroupName", "PathPrefix", "Marker", "MaxItems"]);

crate::operation!(ListAttachedRolePolicies: ListAttachedRolePoliciesRequest => ListAttachedRolePoliciesResponse, Service::Iam, "POST" "/" 200, ["RoleName", "PathPrefix", "Marker", "MaxItems"]);

crate::operation!(ListAttachedUserPolicies: ListAttachedUserPoliciesRequest => ListAttachedUserPoliciesResponse, Service::Iam, "POST" "/" 200, ["UserName", "PathPrefix", "Marker", "MaxItems"]);

crate::operation!(ListEntitiesForPolicy: ListEntitiesForPolicyRequest => ListEntitiesForPolicyResponse, Service::Iam, "POST" "/" 200, ["PolicyArn", "EntityFilter", "PathPrefix", "PolicyUsageFilter", "Marker", "MaxItems"]);

crate::operation!(ListGroupPolicies: ListGroupPoliciesRequest => ListGroupPoliciesResponse, Service::Iam, "POST" "/" 200, ["GroupName", "Marker", "MaxItems"]);

crate::operation!(ListGroups: ListGroupsRequest => ListGroupsResponse, Service::Iam, "POST" "/" 200, ["PathPrefix", "Marker", "MaxItems"]);

crate::operation!(ListGroupsForUser: ListGroupsForUserRequest => ListGroupsForUserResponse, Service::Iam, "POST" "/" 200, ["UserName", "Marker", "MaxItems"]);

crate::operation!(ListInstanceProfileTags: ListInstanceProfileTagsRequest => ListInstanceProfileTagsResponse, Service::Iam, "POST" "/" 200, ["InstanceProfileName", "Marker", "MaxItems"]);

crate::operation!(ListInstanceProfiles: ListInstanceProfilesRequest => ListInstanceProfilesResponse, Service::Iam, "POST" "/" 200, ["PathPrefix", "Marker", "MaxItems"]);

crate::operation!(ListInstanceProfilesForRole: ListInstanceProfilesForRoleRequest => ListInstanceProfilesForRoleResponse, Service::Iam, "POST" "/" 200, ["RoleName", "Marker", "MaxItems"]);

crate::operation!(ListPolicies: ListPoliciesRequest => ListPoliciesResponse, Service::Iam, "POST" "/" 200, ["Scope", "OnlyAttached", "PathPrefix", "Marker", "MaxItems"]);

crate::operation!(ListPolicyTags: ListPolicyTagsRequest => ListPolicyTagsResponse, Service::Iam, "POST" "/" 200, ["PolicyArn", "Marker", "MaxItems"]);

crate::operation!(ListPolicyVersions: ListPolicyVersionsRequest => ListPolicyVersionsResponse, Service::Iam, "POST" "/" 200, ["PolicyArn", "Marker", "MaxItems"]);

crate::operation!(ListRolePolicies: ListRolePoliciesRequest => ListRolePoliciesResponse, Service::Iam, "POST" "/" 200, ["RoleName", "Marker", "MaxItems"]);

crate::operation!(ListRoleTags: ListRoleTagsRequest => ListRoleTagsResponse, Service::Iam, "POST" "/" 200, ["RoleName", "Marker", "MaxItems"]);

crate::operation!(ListRoles: ListRolesRequest => ListRolesResponse, Service::Iam, "POST" "/" 200, ["PathPrefix", "Marker", "MaxItems"]);

crate::operation!(ListUserPolicies: ListUserPoliciesRequest => ListUserPoliciesResponse, Service::Iam, "POST" "/" 200, ["UserName", "Marker", "MaxItems"]);

crate::operation!(ListUserTags: ListUserTagsRequest => ListUserTagsResponse, Service::Iam, "POST" "/" 200, ["UserName", "Marker", "MaxItems"]);

crate::operation!(ListUsers: ListUsersRequest => ListUsersResponse, Service::Iam, "POST" "/" 200, ["PathPrefix", "Marker", "MaxItems"]);

crate::operation!(PutGroupPolicy: PutGroupPolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["GroupName", "PolicyName", "PolicyDocument"]);

crate::operation!(PutRolePermissionsBoundary: PutRolePermissionsBoundaryRequest => Unit, Service::Iam, "POST" "/" 200, ["RoleName", "PermissionsBoundary"]);

crate::operation!(PutRolePolicy: PutRolePolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["RoleName", "PolicyName", "PolicyDocument"]);

crate::operation!(PutUserPermissionsBoundary: PutUserPermissionsBoundaryRequest => Unit, Service::Iam, "POST" "/" 200, ["UserName", "PermissionsBoundary"]);

crate::operation!(PutUserPolicy: PutUserPolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["UserName", "PolicyName", "PolicyDocument"]);

crate::operation!(RemoveRoleFromInstanceProfile: RemoveRoleFromInstanceProfileRequest => Unit, Service::Iam, "POST" "/" 200, ["InstanceProfileName", "RoleName"]);

crate::operation!(RemoveUserFromGroup: RemoveUserFromGroupRequest => Unit, Service::Iam, "POST" "/" 200, ["GroupName", "UserName"]);

crate::operation!(SetDefaultPolicyVersion: SetDefaultPolicyVersionRequest => Unit, Service::Iam, "POST" "/" 200, ["PolicyArn", "VersionId"]);

crate::operation!(SimulateCustomPolicy: SimulateCustomPolicyRequest => SimulatePolicyResponse, Service::Iam, "POST" "/" 200, ["PolicyInputList", "PermissionsBoundaryPolicyInputList", "ActionNames", "ResourceArns", "ResourcePolicy", "ResourceOwner", "CallerArn", "ContextEntries", "Marker", "MaxItems"]);

crate::operation!(SimulatePrincipalPolicy: SimulatePrincipalPolicyRequest => SimulatePolicyResponse, Service::Iam, "POST" "/" 200, ["PolicySourceArn", "PolicyInputList", "PermissionsBoundaryPolicyInputList", "ActionNames", "ResourceArns", "ResourcePolicy", "ResourceOwner", "CallerArn", "ContextEntries", "Marker", "MaxItems"]);

crate::operation!(TagInstanceProfile: TagInstanceProfileRequest => Unit, Service::Iam, "POST" "/" 200, ["InstanceProfileName", "Tags"]);

crate::operation!(TagPolicy: TagPolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["PolicyArn", "Tags"]);

crate::operation!(TagRole: TagRoleRequest => Unit, Service::Iam, "POST" "/" 200, ["RoleName", "Tags"]);

crate::operation!(TagUser: TagUserRequest => Unit, Service::Iam, "POST" "/" 200, ["UserName", "Tags"]);

crate::operation!(UntagInstanceProfile: UntagInstanceProfileRequest => Unit, Service::Iam, "POST" "/" 200, ["InstanceProfileName", "TagKeys"]);

crate::operation!(UntagPolicy: UntagPolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["PolicyArn", "TagKeys"]);

crate::operation!(UntagRole: UntagRoleRequest => Unit, Service::Iam, "POST" "/" 200, ["RoleName", "TagKeys"]);

crate::operation!(UntagUser: UntagUserRequest => Unit, Service::Iam, "POST" "/" 200, ["UserName", "TagKeys"]);

crate::operation!(UpdateAccessKey: UpdateAccessKeyRequest => Unit, Service::Iam, "POST" "/" 200, ["UserName", "AccessKeyId", "Status"]);

crate::operation!(UpdateAssumeRolePolicy: UpdateAssumeRolePolicyRequest => Unit, Service::Iam, "POST" "/" 200, ["RoleName", "PolicyDocument"]);

crate::operation!(UpdateGroup: UpdateGroupRequest => Unit, Service::Iam, "POST" "/" 200, ["GroupName", "NewPath", "NewGroupName"]);

crate::operation!(UpdateRole: UpdateRoleRequest => UpdateRoleResponse, Service::Iam, "POST" "/" 200, ["RoleName", "Description", "MaxSessionDuration"]);

crate::operation!(UpdateUser: UpdateUserRequest => Unit, Service::Iam, "POST" "/" 200, ["UserName", "NewPath", "NewUserName"]);

crate::structure!(AccessKey {
    access_key_id: Option<String> = ("AccessKeyId", "AccessKeyId", "AccessKeyId", Body, true, false, Kind::String);
    create_date: Option<Timestamp> = ("CreateDate", "CreateDate", "CreateDate", Body, false, false, Kind::Timestamp);
    secret_access_key: Option<String> = ("SecretAccessKey", "SecretAccessKey", "SecretAccessKey", Body, true, true, Kind::String);
    status: Option<String> = ("Status", "Status", "Status", Body, true, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(AccessKeyMetadata {
    access_key_id: Option<String> = ("AccessKeyId", "AccessKeyId", "AccessKeyId", Body, false, false, Kind::String);
    create_date: Option<Timestamp> = ("CreateDate", "CreateDate", "CreateDate", Body, false, false, Kind::Timestamp);
    status: Option<String> = ("Status", "Status", "Status", Body, false, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, false, false, Kind::String);
});

crate::structure!(AddRoleToInstanceProfileRequest {
    instance_profile_name: Option<String> = ("InstanceProfileName", "InstanceProfileName", "InstanceProfileName", Body, true, false, Kind::String);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(AddUserToGroupRequest {
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(AttachGroupPolicyRequest {
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
});

crate::structure!(AttachRolePolicyRequest {
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(AttachUserPolicyRequest {
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(AttachedPermissionsBoundary {
    permissions_boundary_arn: Option<String> = ("PermissionsBoundaryArn", "PermissionsBoundaryArn", "PermissionsBoundaryArn", Body, false, false, Kind::String);
    permissions_boundary_type: Option<String> = ("PermissionsBoundaryType", "PermissionsBoundaryType", "PermissionsBoundaryType", Body, false, false, Kind::String);
});

crate::structure!(AttachedPolicy {
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, false, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, false, false, Kind::String);
});

crate::structure!(ContextEntry {
    context_key_name: Option<String> = ("ContextKeyName", "ContextKeyName", "ContextKeyName", Body, false, false, Kind::String);
    context_key_type: Option<String> = ("ContextKeyType", "ContextKeyType", "ContextKeyType", Body, false, false, Kind::String);
    context_key_values: Vec<String> = ("ContextKeyValues", "ContextKeyValues", "ContextKeyValues", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
});

crate::structure!(CreateAccessKeyRequest {
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, false, false, Kind::String);
});

crate::structure!(CreateAccessKeyResponse {
    access_key: Option<AccessKey> = ("AccessKey", "AccessKey", "AccessKey", Body, true, false, Kind::Structure(AccessKey::shape));
});

crate::structure!(CreateAccountAliasRequest {
    account_alias: Option<String> = ("AccountAlias", "AccountAlias", "AccountAlias", Body, true, false, Kind::String);
});

crate::structure!(CreateGroupRequest {
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    path: Option<String> = ("Path", "Path", "Path", Body, false, false, Kind::String);
});

crate::structure!(CreateGroupResponse {
    group: Option<Group> = ("Group", "Group", "Group", Body, true, false, Kind::Structure(Group::shape));
});

crate::structure!(CreateInstanceProfileRequest {
    instance_profile_name: Option<String> = ("InstanceProfileName", "InstanceProfileName", "InstanceProfileName", Body, true, false, Kind::String);
    path: Option<String> = ("Path", "Path", "Path", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(CreateInstanceProfileResponse {
    instance_profile: Option<InstanceProfile> = ("InstanceProfile", "InstanceProfile", "InstanceProfile", Body, true, false, Kind::Structure(InstanceProfile::shape));
});

crate::structure!(CreatePolicyRequest {
    description: Option<String> = ("Description", "Description", "Description", Body, false, false, Kind::String);
    path: Option<String> = ("Path", "Path", "Path", Body, false, false, Kind::String);
    policy_document: Option<String> = ("PolicyDocument", "PolicyDocument", "PolicyDocument", Body, true, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, true, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(CreatePolicyResponse {
    policy: Option<Policy> = ("Policy", "Policy", "Policy", Body, false, false, Kind::Structure(Policy::shape));
});

crate::structure!(CreatePolicyVersionRequest {
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
    policy_document: Option<String> = ("PolicyDocument", "PolicyDocument", "PolicyDocument", Body, true, false, Kind::String);
    set_as_default: Option<bool> = ("SetAsDefault", "SetAsDefault", "SetAsDefault", Body, false, false, Kind::Boolean);
});

crate::structure!(CreatePolicyVersionResponse {
    policy_version: Option<PolicyVersion> = ("PolicyVersion", "PolicyVersion", "PolicyVersion", Body, false, false, Kind::Structure(PolicyVersion::shape));
});

crate::structure!(CreateRoleRequest {
    assume_role_policy_document: Option<String> = ("AssumeRolePolicyDocument", "AssumeRolePolicyDocument", "AssumeRolePolicyDocument", Body, true, false, Kind::String);
    description: Option<String> = ("Description", "Description", "Description", Body, false, false, Kind::String);
    max_session_duration: Option<i32> = ("MaxSessionDuration", "MaxSessionDuration", "MaxSessionDuration", Body, false, false, Kind::Integer);
    path: Option<String> = ("Path", "Path", "Path", Body, false, false, Kind::String);
    permissions_boundary: Option<String> = ("PermissionsBoundary", "PermissionsBoundary", "PermissionsBoundary", Body, false, false, Kind::String);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(CreateRoleResponse {
    role: Option<Role> = ("Role", "Role", "Role", Body, true, false, Kind::Structure(Role::shape));
});

crate::structure!(CreateUserRequest {
    path: Option<String> = ("Path", "Path", "Path", Body, false, false, Kind::String);
    permissions_boundary: Option<String> = ("PermissionsBoundary", "PermissionsBoundary", "PermissionsBoundary", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(CreateUserResponse {
    user: Option<User> = ("User", "User", "User", Body, false, false, Kind::Structure(User::shape));
});

crate::structure!(DeleteAccessKeyRequest {
    access_key_id: Option<String> = ("AccessKeyId", "AccessKeyId", "AccessKeyId", Body, true, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, false, false, Kind::String);
});

crate::structure!(DeleteAccountAliasRequest {
    account_alias: Option<String> = ("AccountAlias", "AccountAlias", "AccountAlias", Body, true, false, Kind::String);
});

crate::structure!(DeleteGroupPolicyRequest {
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, true, false, Kind::String);
});

crate::structure!(DeleteGroupRequest {
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
});

crate::structure!(DeleteInstanceProfileRequest {
    instance_profile_name: Option<String> = ("InstanceProfileName", "InstanceProfileName", "InstanceProfileName", Body, true, false, Kind::String);
});

crate::structure!(DeletePolicyRequest {
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
});

crate::structure!(DeletePolicyVersionRequest {
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
    version_id: Option<String> = ("VersionId", "VersionId", "VersionId", Body, true, false, Kind::String);
});

crate::structure!(DeleteRolePermissionsBoundaryRequest {
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(DeleteRolePolicyRequest {
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, true, false, Kind::String);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(DeleteRoleRequest {
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(DeleteUserPermissionsBoundaryRequest {
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(DeleteUserPolicyRequest {
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, true, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(DeleteUserRequest {
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(DetachGroupPolicyRequest {
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
});

crate::structure!(DetachRolePolicyRequest {
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(DetachUserPolicyRequest {
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(EvaluationResult {
    eval_action_name: Option<String> = ("EvalActionName", "EvalActionName", "EvalActionName", Body, true, false, Kind::String);
    eval_decision: Option<String> = ("EvalDecision", "EvalDecision", "EvalDecision", Body, true, false, Kind::String);
    eval_decision_details: BTreeMap<String, String> = ("EvalDecisionDetails", "EvalDecisionDetails", "EvalDecisionDetails", Body, false, false, Kind::Map(&Map { value: Kind::String, key_name: "key", value_name: "value", flat: false }));
    eval_resource_name: Option<String> = ("EvalResourceName", "EvalResourceName", "EvalResourceName", Body, false, false, Kind::String);
    matched_statements: Vec<Statement> = ("MatchedStatements", "MatchedStatements", "MatchedStatements", Body, false, false, Kind::List(&List { item: Kind::Structure(Statement::shape), name: "member", flat: false, quiet: false }));
    missing_context_values: Vec<String> = ("MissingContextValues", "MissingContextValues", "MissingContextValues", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    organizations_decision_detail: Option<OrganizationsDecisionDetail> = ("OrganizationsDecisionDetail", "OrganizationsDecisionDetail", "OrganizationsDecisionDetail", Body, false, false, Kind::Structure(OrganizationsDecisionDetail::shape));
    permissions_boundary_decision_detail: Option<PermissionsBoundaryDecisionDetail> = ("PermissionsBoundaryDecisionDetail", "PermissionsBoundaryDecisionDetail", "PermissionsBoundaryDecisionDetail", Body, false, false, Kind::Structure(PermissionsBoundaryDecisionDetail::shape));
    resource_specific_results: Vec<ResourceSpecificResult> = ("ResourceSpecificResults", "ResourceSpecificResults", "ResourceSpecificResults", Body, false, false, Kind::List(&List { item: Kind::Structure(ResourceSpecificResult::shape), name: "member", flat: false, quiet: true }));
});

crate::structure!(GetAccountAuthorizationDetailsRequest {
    filter: Vec<String> = ("Filter", "Filter", "Filter", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
});

crate::structure!(GetAccountAuthorizationDetailsResponse {
    group_detail_list: Vec<GroupDetail> = ("GroupDetailList", "GroupDetailList", "GroupDetailList", Body, false, false, Kind::List(&List { item: Kind::Structure(GroupDetail::shape), name: "member", flat: false, quiet: false }));
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    policies: Vec<ManagedPolicyDetail> = ("Policies", "Policies", "Policies", Body, false, false, Kind::List(&List { item: Kind::Structure(ManagedPolicyDetail::shape), name: "member", flat: false, quiet: false }));
    role_detail_list: Vec<RoleDetail> = ("RoleDetailList", "RoleDetailList", "RoleDetailList", Body, false, false, Kind::List(&List { item: Kind::Structure(RoleDetail::shape), name: "member", flat: false, quiet: false }));
    user_detail_list: Vec<UserDetail> = ("UserDetailList", "UserDetailList", "UserDetailList", Body, false, false, Kind::List(&List { item: Kind::Structure(UserDetail::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(GetGroupPolicyRequest {
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, true, false, Kind::String);
});

crate::structure!(GetGroupPolicyResponse {
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    policy_document: Option<String> = ("PolicyDocument", "PolicyDocument", "PolicyDocument", Body, true, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, true, false, Kind::String);
});

crate::structure!(GetGroupRequest {
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
});

crate::structure!(GetGroupResponse {
    group: Option<Group> = ("Group", "Group", "Group", Body, true, false, Kind::Structure(Group::shape));
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    users: Vec<User> = ("Users", "Users", "Users", Body, true, false, Kind::List(&List { item: Kind::Structure(User::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(GetInstanceProfileRequest {
    instance_profile_name: Option<String> = ("InstanceProfileName", "InstanceProfileName", "InstanceProfileName", Body, true, false, Kind::String);
});

crate::structure!(GetInstanceProfileResponse {
    instance_profile: Option<InstanceProfile> = ("InstanceProfile", "InstanceProfile", "InstanceProfile", Body, true, false, Kind::Structure(InstanceProfile::shape));
});

crate::structure!(GetPolicyRequest {
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
});

crate::structure!(GetPolicyResponse {
    policy: Option<Policy> = ("Policy", "Policy", "Policy", Body, false, false, Kind::Structure(Policy::shape));
});

crate::structure!(GetPolicyVersionRequest {
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
    version_id: Option<String> = ("VersionId", "VersionId", "VersionId", Body, true, false, Kind::String);
});

crate::structure!(GetPolicyVersionResponse {
    policy_version: Option<PolicyVersion> = ("PolicyVersion", "PolicyVersion", "PolicyVersion", Body, false, false, Kind::Structure(PolicyVersion::shape));
});

crate::structure!(GetRolePolicyRequest {
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, true, false, Kind::String);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(GetRolePolicyResponse {
    policy_document: Option<String> = ("PolicyDocument", "PolicyDocument", "PolicyDocument", Body, true, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, true, false, Kind::String);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(GetRoleRequest {
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(GetRoleResponse {
    role: Option<Role> = ("Role", "Role", "Role", Body, true, false, Kind::Structure(Role::shape));
});

crate::structure!(GetUserPolicyRequest {
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, true, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(GetUserPolicyResponse {
    policy_document: Option<String> = ("PolicyDocument", "PolicyDocument", "PolicyDocument", Body, true, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, true, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(GetUserRequest {
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, false, false, Kind::String);
});

crate::structure!(GetUserResponse {
    user: Option<User> = ("User", "User", "User", Body, true, false, Kind::Structure(User::shape));
});

crate::structure!(Group {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, true, false, Kind::String);
    create_date: Option<Timestamp> = ("CreateDate", "CreateDate", "CreateDate", Body, true, false, Kind::Timestamp);
    group_id: Option<String> = ("GroupId", "GroupId", "GroupId", Body, true, false, Kind::String);
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    path: Option<String> = ("Path", "Path", "Path", Body, true, false, Kind::String);
});

crate::structure!(GroupDetail {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, false, false, Kind::String);
    attached_managed_policies: Vec<AttachedPolicy> = ("AttachedManagedPolicies", "AttachedManagedPolicies", "AttachedManagedPolicies", Body, false, false, Kind::List(&List { item: Kind::Structure(AttachedPolicy::shape), name: "member", flat: false, quiet: false }));
    create_date: Option<Timestamp> = ("CreateDate", "CreateDate", "CreateDate", Body, false, false, Kind::Timestamp);
    group_id: Option<String> = ("GroupId", "GroupId", "GroupId", Body, false, false, Kind::String);
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, false, false, Kind::String);
    group_policy_list: Vec<PolicyDetail> = ("GroupPolicyList", "GroupPolicyList", "GroupPolicyList", Body, false, false, Kind::List(&List { item: Kind::Structure(PolicyDetail::shape), name: "member", flat: false, quiet: false }));
    path: Option<String> = ("Path", "Path", "Path", Body, false, false, Kind::String);
});

crate::structure!(InstanceProfile {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, true, false, Kind::String);
    create_date: Option<Timestamp> = ("CreateDate", "CreateDate", "CreateDate", Body, true, false, Kind::Timestamp);
    instance_profile_id: Option<String> = ("InstanceProfileId", "InstanceProfileId", "InstanceProfileId", Body, true, false, Kind::String);
    instance_profile_name: Option<String> = ("InstanceProfileName", "InstanceProfileName", "InstanceProfileName", Body, true, false, Kind::String);
    path: Option<String> = ("Path", "Path", "Path", Body, true, false, Kind::String);
    roles: Vec<Role> = ("Roles", "Roles", "Roles", Body, true, false, Kind::List(&List { item: Kind::Structure(Role::shape), name: "member", flat: false, quiet: false }));
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: true }));
});

crate::structure!(ListAccessKeysRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, false, false, Kind::String);
});

crate::structure!(ListAccessKeysResponse {
    access_key_metadata: Vec<AccessKeyMetadata> = ("AccessKeyMetadata", "AccessKeyMetadata", "AccessKeyMetadata", Body, true, false, Kind::List(&List { item: Kind::Structure(AccessKeyMetadata::shape), name: "member", flat: false, quiet: false }));
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListAccountAliasesRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
});

crate::structure!(ListAccountAliasesResponse {
    account_aliases: Vec<String> = ("AccountAliases", "AccountAliases", "AccountAliases", Body, true, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListAttachedGroupPoliciesRequest {
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    path_prefix: Option<String> = ("PathPrefix", "PathPrefix", "PathPrefix", Body, false, false, Kind::String);
});

crate::structure!(ListAttachedGroupPoliciesResponse {
    attached_policies: Vec<AttachedPolicy> = ("AttachedPolicies", "AttachedPolicies", "AttachedPolicies", Body, false, false, Kind::List(&List { item: Kind::Structure(AttachedPolicy::shape), name: "member", flat: false, quiet: false }));
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListAttachedRolePoliciesRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    path_prefix: Option<String> = ("PathPrefix", "PathPrefix", "PathPrefix", Body, false, false, Kind::String);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(ListAttachedRolePoliciesResponse {
    attached_policies: Vec<AttachedPolicy> = ("AttachedPolicies", "AttachedPolicies", "AttachedPolicies", Body, false, false, Kind::List(&List { item: Kind::Structure(AttachedPolicy::shape), name: "member", flat: false, quiet: false }));
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListAttachedUserPoliciesRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    path_prefix: Option<String> = ("PathPrefix", "PathPrefix", "PathPrefix", Body, false, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(ListAttachedUserPoliciesResponse {
    attached_policies: Vec<AttachedPolicy> = ("AttachedPolicies", "AttachedPolicies", "AttachedPolicies", Body, false, false, Kind::List(&List { item: Kind::Structure(AttachedPolicy::shape), name: "member", flat: false, quiet: false }));
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListEntitiesForPolicyRequest {
    entity_filter: Option<String> = ("EntityFilter", "EntityFilter", "EntityFilter", Body, false, false, Kind::String);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    path_prefix: Option<String> = ("PathPrefix", "PathPrefix", "PathPrefix", Body, false, false, Kind::String);
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
    policy_usage_filter: Option<String> = ("PolicyUsageFilter", "PolicyUsageFilter", "PolicyUsageFilter", Body, false, false, Kind::String);
});

crate::structure!(ListEntitiesForPolicyResponse {
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    policy_groups: Vec<PolicyGroup> = ("PolicyGroups", "PolicyGroups", "PolicyGroups", Body, false, false, Kind::List(&List { item: Kind::Structure(PolicyGroup::shape), name: "member", flat: false, quiet: false }));
    policy_roles: Vec<PolicyRole> = ("PolicyRoles", "PolicyRoles", "PolicyRoles", Body, false, false, Kind::List(&List { item: Kind::Structure(PolicyRole::shape), name: "member", flat: false, quiet: false }));
    policy_users: Vec<PolicyUser> = ("PolicyUsers", "PolicyUsers", "PolicyUsers", Body, false, false, Kind::List(&List { item: Kind::Structure(PolicyUser::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(ListGroupPoliciesRequest {
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
});

crate::structure!(ListGroupPoliciesResponse {
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    policy_names: Vec<String> = ("PolicyNames", "PolicyNames", "PolicyNames", Body, true, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
});

crate::structure!(ListGroupsForUserRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(ListGroupsForUserResponse {
    groups: Vec<Group> = ("Groups", "Groups", "Groups", Body, true, false, Kind::List(&List { item: Kind::Structure(Group::shape), name: "member", flat: false, quiet: false }));
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListGroupsRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    path_prefix: Option<String> = ("PathPrefix", "PathPrefix", "PathPrefix", Body, false, false, Kind::String);
});

crate::structure!(ListGroupsResponse {
    groups: Vec<Group> = ("Groups", "Groups", "Groups", Body, true, false, Kind::List(&List { item: Kind::Structure(Group::shape), name: "member", flat: false, quiet: false }));
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListInstanceProfileTagsRequest {
    instance_profile_name: Option<String> = ("InstanceProfileName", "InstanceProfileName", "InstanceProfileName", Body, true, false, Kind::String);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
});

crate::structure!(ListInstanceProfileTagsResponse {
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, true, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(ListInstanceProfilesForRoleRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(ListInstanceProfilesForRoleResponse {
    instance_profiles: Vec<InstanceProfile> = ("InstanceProfiles", "InstanceProfiles", "InstanceProfiles", Body, true, false, Kind::List(&List { item: Kind::Structure(InstanceProfile::shape), name: "member", flat: false, quiet: false }));
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListInstanceProfilesRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    path_prefix: Option<String> = ("PathPrefix", "PathPrefix", "PathPrefix", Body, false, false, Kind::String);
});

crate::structure!(ListInstanceProfilesResponse {
    instance_profiles: Vec<InstanceProfile> = ("InstanceProfiles", "InstanceProfiles", "InstanceProfiles", Body, true, false, Kind::List(&List { item: Kind::Structure(InstanceProfile::shape), name: "member", flat: false, quiet: false }));
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListPoliciesRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    only_attached: Option<bool> = ("OnlyAttached", "OnlyAttached", "OnlyAttached", Body, false, false, Kind::Boolean);
    path_prefix: Option<String> = ("PathPrefix", "PathPrefix", "PathPrefix", Body, false, false, Kind::String);
    policy_usage_filter: Option<String> = ("PolicyUsageFilter", "PolicyUsageFilter", "PolicyUsageFilter", Body, false, false, Kind::String);
    scope: Option<String> = ("Scope", "Scope", "Scope", Body, false, false, Kind::String);
});

crate::structure!(ListPoliciesResponse {
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    policies: Vec<Policy> = ("Policies", "Policies", "Policies", Body, false, false, Kind::List(&List { item: Kind::Structure(Policy::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(ListPolicyTagsRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
});

crate::structure!(ListPolicyTagsResponse {
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, true, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(ListPolicyVersionsRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
});

crate::structure!(ListPolicyVersionsResponse {
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    versions: Vec<PolicyVersion> = ("Versions", "Versions", "Versions", Body, false, false, Kind::List(&List { item: Kind::Structure(PolicyVersion::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(ListRolePoliciesRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(ListRolePoliciesResponse {
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    policy_names: Vec<String> = ("PolicyNames", "PolicyNames", "PolicyNames", Body, true, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
});

crate::structure!(ListRoleTagsRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(ListRoleTagsResponse {
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, true, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(ListRolesRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    path_prefix: Option<String> = ("PathPrefix", "PathPrefix", "PathPrefix", Body, false, false, Kind::String);
});

crate::structure!(ListRolesResponse {
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    roles: Vec<Role> = ("Roles", "Roles", "Roles", Body, true, false, Kind::List(&List { item: Kind::Structure(Role::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(ListUserPoliciesRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(ListUserPoliciesResponse {
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    policy_names: Vec<String> = ("PolicyNames", "PolicyNames", "PolicyNames", Body, true, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
});

crate::structure!(ListUserTagsRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(ListUserTagsResponse {
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, true, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(ListUsersRequest {
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    path_prefix: Option<String> = ("PathPrefix", "PathPrefix", "PathPrefix", Body, false, false, Kind::String);
});

crate::structure!(ListUsersResponse {
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    users: Vec<User> = ("Users", "Users", "Users", Body, true, false, Kind::List(&List { item: Kind::Structure(User::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(ManagedPolicyDetail {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, false, false, Kind::String);
    attachment_count: Option<i32> = ("AttachmentCount", "AttachmentCount", "AttachmentCount", Body, false, false, Kind::Integer);
    create_date: Option<Timestamp> = ("CreateDate", "CreateDate", "CreateDate", Body, false, false, Kind::Timestamp);
    default_version_id: Option<String> = ("DefaultVersionId", "DefaultVersionId", "DefaultVersionId", Body, false, false, Kind::String);
    description: Option<String> = ("Description", "Description", "Description", Body, false, false, Kind::String);
    is_attachable: Option<bool> = ("IsAttachable", "IsAttachable", "IsAttachable", Body, false, false, Kind::Boolean);
    path: Option<String> = ("Path", "Path", "Path", Body, false, false, Kind::String);
    permissions_boundary_usage_count: Option<i32> = ("PermissionsBoundaryUsageCount", "PermissionsBoundaryUsageCount", "PermissionsBoundaryUsageCount", Body, false, false, Kind::Integer);
    policy_id: Option<String> = ("PolicyId", "PolicyId", "PolicyId", Body, false, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, false, false, Kind::String);
    policy_version_list: Vec<PolicyVersion> = ("PolicyVersionList", "PolicyVersionList", "PolicyVersionList", Body, false, false, Kind::List(&List { item: Kind::Structure(PolicyVersion::shape), name: "member", flat: false, quiet: false }));
    update_date: Option<Timestamp> = ("UpdateDate", "UpdateDate", "UpdateDate", Body, false, false, Kind::Timestamp);
});

crate::structure!(OrganizationsDecisionDetail {
    allowed_by_organizations: Option<bool> = ("AllowedByOrganizations", "AllowedByOrganizations", "AllowedByOrganizations", Body, false, false, Kind::Boolean);
});

crate::structure!(PermissionsBoundaryDecisionDetail {
    allowed_by_permissions_boundary: Option<bool> = ("AllowedByPermissionsBoundary", "AllowedByPermissionsBoundary", "AllowedByPermissionsBoundary", Body, false, false, Kind::Boolean);
});

crate::structure!(Policy {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, false, false, Kind::String);
    attachment_count: Option<i32> = ("AttachmentCount", "AttachmentCount", "AttachmentCount", Body, false, false, Kind::Integer);
    create_date: Option<Timestamp> = ("CreateDate", "CreateDate", "CreateDate", Body, false, false, Kind::Timestamp);
    default_version_id: Option<String> = ("DefaultVersionId", "DefaultVersionId", "DefaultVersionId", Body, false, false, Kind::String);
    description: Option<String> = ("Description", "Description", "Description", Body, false, false, Kind::String);
    is_attachable: Option<bool> = ("IsAttachable", "IsAttachable", "IsAttachable", Body, false, false, Kind::Boolean);
    path: Option<String> = ("Path", "Path", "Path", Body, false, false, Kind::String);
    permissions_boundary_usage_count: Option<i32> = ("PermissionsBoundaryUsageCount", "PermissionsBoundaryUsageCount", "PermissionsBoundaryUsageCount", Body, false, false, Kind::Integer);
    policy_id: Option<String> = ("PolicyId", "PolicyId", "PolicyId", Body, false, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: true }));
    update_date: Option<Timestamp> = ("UpdateDate", "UpdateDate", "UpdateDate", Body, false, false, Kind::Timestamp);
});

crate::structure!(PolicyDetail {
    policy_document: Option<String> = ("PolicyDocument", "PolicyDocument", "PolicyDocument", Body, false, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, false, false, Kind::String);
});

crate::structure!(PolicyGroup {
    group_id: Option<String> = ("GroupId", "GroupId", "GroupId", Body, false, false, Kind::String);
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, false, false, Kind::String);
});

crate::structure!(PolicyRole {
    role_id: Option<String> = ("RoleId", "RoleId", "RoleId", Body, false, false, Kind::String);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, false, false, Kind::String);
});

crate::structure!(PolicyUser {
    user_id: Option<String> = ("UserId", "UserId", "UserId", Body, false, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, false, false, Kind::String);
});

crate::structure!(PolicyVersion {
    create_date: Option<Timestamp> = ("CreateDate", "CreateDate", "CreateDate", Body, false, false, Kind::Timestamp);
    document: Option<String> = ("Document", "Document", "Document", Body, false, false, Kind::String);
    is_default_version: Option<bool> = ("IsDefaultVersion", "IsDefaultVersion", "IsDefaultVersion", Body, false, false, Kind::Boolean);
    version_id: Option<String> = ("VersionId", "VersionId", "VersionId", Body, false, false, Kind::String);
});

crate::structure!(Position {
    column: Option<i32> = ("Column", "Column", "Column", Body, false, false, Kind::Integer);
    line: Option<i32> = ("Line", "Line", "Line", Body, false, false, Kind::Integer);
});

crate::structure!(PutGroupPolicyRequest {
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    policy_document: Option<String> = ("PolicyDocument", "PolicyDocument", "PolicyDocument", Body, true, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, true, false, Kind::String);
});

crate::structure!(PutRolePermissionsBoundaryRequest {
    permissions_boundary: Option<String> = ("PermissionsBoundary", "PermissionsBoundary", "PermissionsBoundary", Body, true, false, Kind::String);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(PutRolePolicyRequest {
    policy_document: Option<String> = ("PolicyDocument", "PolicyDocument", "PolicyDocument", Body, true, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, true, false, Kind::String);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(PutUserPermissionsBoundaryRequest {
    permissions_boundary: Option<String> = ("PermissionsBoundary", "PermissionsBoundary", "PermissionsBoundary", Body, true, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(PutUserPolicyRequest {
    policy_document: Option<String> = ("PolicyDocument", "PolicyDocument", "PolicyDocument", Body, true, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, true, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(RemoveRoleFromInstanceProfileRequest {
    instance_profile_name: Option<String> = ("InstanceProfileName", "InstanceProfileName", "InstanceProfileName", Body, true, false, Kind::String);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(RemoveUserFromGroupRequest {
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(ResourceSpecificResult {
    eval_decision_details: BTreeMap<String, String> = ("EvalDecisionDetails", "EvalDecisionDetails", "EvalDecisionDetails", Body, false, false, Kind::Map(&Map { value: Kind::String, key_name: "key", value_name: "value", flat: false }));
    eval_resource_decision: Option<String> = ("EvalResourceDecision", "EvalResourceDecision", "EvalResourceDecision", Body, true, false, Kind::String);
    eval_resource_name: Option<String> = ("EvalResourceName", "EvalResourceName", "EvalResourceName", Body, true, false, Kind::String);
    matched_statements: Vec<Statement> = ("MatchedStatements", "MatchedStatements", "MatchedStatements", Body, false, false, Kind::List(&List { item: Kind::Structure(Statement::shape), name: "member", flat: false, quiet: false }));
    missing_context_values: Vec<String> = ("MissingContextValues", "MissingContextValues", "MissingContextValues", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    permissions_boundary_decision_detail: Option<PermissionsBoundaryDecisionDetail> = ("PermissionsBoundaryDecisionDetail", "PermissionsBoundaryDecisionDetail", "PermissionsBoundaryDecisionDetail", Body, false, false, Kind::Structure(PermissionsBoundaryDecisionDetail::shape));
});

crate::structure!(Role {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, true, false, Kind::String);
    assume_role_policy_document: Option<String> = ("AssumeRolePolicyDocument", "AssumeRolePolicyDocument", "AssumeRolePolicyDocument", Body, false, false, Kind::String);
    create_date: Option<Timestamp> = ("CreateDate", "CreateDate", "CreateDate", Body, true, false, Kind::Timestamp);
    description: Option<String> = ("Description", "Description", "Description", Body, false, false, Kind::String);
    max_session_duration: Option<i32> = ("MaxSessionDuration", "MaxSessionDuration", "MaxSessionDuration", Body, false, false, Kind::Integer);
    path: Option<String> = ("Path", "Path", "Path", Body, true, false, Kind::String);
    permissions_boundary: Option<AttachedPermissionsBoundary> = ("PermissionsBoundary", "PermissionsBoundary", "PermissionsBoundary", Body, false, false, Kind::Structure(AttachedPermissionsBoundary::shape));
    role_id: Option<String> = ("RoleId", "RoleId", "RoleId", Body, true, false, Kind::String);
    role_last_used: Option<RoleLastUsed> = ("RoleLastUsed", "RoleLastUsed", "RoleLastUsed", Body, false, false, Kind::Structure(RoleLastUsed::shape));
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: true }));
});

crate::structure!(RoleDetail {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, false, false, Kind::String);
    assume_role_policy_document: Option<String> = ("AssumeRolePolicyDocument", "AssumeRolePolicyDocument", "AssumeRolePolicyDocument", Body, false, false, Kind::String);
    attached_managed_policies: Vec<AttachedPolicy> = ("AttachedManagedPolicies", "AttachedManagedPolicies", "AttachedManagedPolicies", Body, false, false, Kind::List(&List { item: Kind::Structure(AttachedPolicy::shape), name: "member", flat: false, quiet: false }));
    create_date: Option<Timestamp> = ("CreateDate", "CreateDate", "CreateDate", Body, false, false, Kind::Timestamp);
    instance_profile_list: Vec<InstanceProfile> = ("InstanceProfileList", "InstanceProfileList", "InstanceProfileList", Body, false, false, Kind::List(&List { item: Kind::Structure(InstanceProfile::shape), name: "member", flat: false, quiet: false }));
    path: Option<String> = ("Path", "Path", "Path", Body, false, false, Kind::String);
    permissions_boundary: Option<AttachedPermissionsBoundary> = ("PermissionsBoundary", "PermissionsBoundary", "PermissionsBoundary", Body, false, false, Kind::Structure(AttachedPermissionsBoundary::shape));
    role_id: Option<String> = ("RoleId", "RoleId", "RoleId", Body, false, false, Kind::String);
    role_last_used: Option<RoleLastUsed> = ("RoleLastUsed", "RoleLastUsed", "RoleLastUsed", Body, false, false, Kind::Structure(RoleLastUsed::shape));
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, false, false, Kind::String);
    role_policy_list: Vec<PolicyDetail> = ("RolePolicyList", "RolePolicyList", "RolePolicyList", Body, false, false, Kind::List(&List { item: Kind::Structure(PolicyDetail::shape), name: "member", flat: false, quiet: false }));
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(RoleLastUsed {
    last_used_date: Option<Timestamp> = ("LastUsedDate", "LastUsedDate", "LastUsedDate", Body, false, false, Kind::Timestamp);
    region: Option<String> = ("Region", "Region", "Region", Body, false, false, Kind::String);
});

crate::structure!(SetDefaultPolicyVersionRequest {
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
    version_id: Option<String> = ("VersionId", "VersionId", "VersionId", Body, true, false, Kind::String);
});

crate::structure!(SimulateCustomPolicyRequest {
    action_names: Vec<String> = ("ActionNames", "ActionNames", "ActionNames", Body, true, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    caller_arn: Option<String> = ("CallerArn", "CallerArn", "CallerArn", Body, false, false, Kind::String);
    context_entries: Vec<ContextEntry> = ("ContextEntries", "ContextEntries", "ContextEntries", Body, false, false, Kind::List(&List { item: Kind::Structure(ContextEntry::shape), name: "member", flat: false, quiet: false }));
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    permissions_boundary_policy_input_list: Vec<String> = ("PermissionsBoundaryPolicyInputList", "PermissionsBoundaryPolicyInputList", "PermissionsBoundaryPolicyInputList", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    policy_input_list: Vec<String> = ("PolicyInputList", "PolicyInputList", "PolicyInputList", Body, true, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    resource_arns: Vec<String> = ("ResourceArns", "ResourceArns", "ResourceArns", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    resource_handling_option: Option<String> = ("ResourceHandlingOption", "ResourceHandlingOption", "ResourceHandlingOption", Body, false, false, Kind::String);
    resource_owner: Option<String> = ("ResourceOwner", "ResourceOwner", "ResourceOwner", Body, false, false, Kind::String);
    resource_policy: Option<String> = ("ResourcePolicy", "ResourcePolicy", "ResourcePolicy", Body, false, false, Kind::String);
});

crate::structure!(SimulatePolicyResponse {
    evaluation_results: Vec<EvaluationResult> = ("EvaluationResults", "EvaluationResults", "EvaluationResults", Body, false, false, Kind::List(&List { item: Kind::Structure(EvaluationResult::shape), name: "member", flat: false, quiet: false }));
    is_truncated: Option<bool> = ("IsTruncated", "IsTruncated", "IsTruncated", Body, false, false, Kind::Boolean);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(SimulatePrincipalPolicyRequest {
    action_names: Vec<String> = ("ActionNames", "ActionNames", "ActionNames", Body, true, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    caller_arn: Option<String> = ("CallerArn", "CallerArn", "CallerArn", Body, false, false, Kind::String);
    context_entries: Vec<ContextEntry> = ("ContextEntries", "ContextEntries", "ContextEntries", Body, false, false, Kind::List(&List { item: Kind::Structure(ContextEntry::shape), name: "member", flat: false, quiet: false }));
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    max_items: Option<i32> = ("MaxItems", "MaxItems", "MaxItems", Body, false, false, Kind::Integer);
    permissions_boundary_policy_input_list: Vec<String> = ("PermissionsBoundaryPolicyInputList", "PermissionsBoundaryPolicyInputList", "PermissionsBoundaryPolicyInputList", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    policy_input_list: Vec<String> = ("PolicyInputList", "PolicyInputList", "PolicyInputList", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    policy_source_arn: Option<String> = ("PolicySourceArn", "PolicySourceArn", "PolicySourceArn", Body, true, false, Kind::String);
    resource_arns: Vec<String> = ("ResourceArns", "ResourceArns", "ResourceArns", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    resource_handling_option: Option<String> = ("ResourceHandlingOption", "ResourceHandlingOption", "ResourceHandlingOption", Body, false, false, Kind::String);
    resource_owner: Option<String> = ("ResourceOwner", "ResourceOwner", "ResourceOwner", Body, false, false, Kind::String);
    resource_policy: Option<String> = ("ResourcePolicy", "ResourcePolicy", "ResourcePolicy", Body, false, false, Kind::String);
});

crate::structure!(Statement {
    end_position: Option<Position> = ("EndPosition", "EndPosition", "EndPosition", Body, false, false, Kind::Structure(Position::shape));
    source_policy_id: Option<String> = ("SourcePolicyId", "SourcePolicyId", "SourcePolicyId", Body, false, false, Kind::String);
    source_policy_type: Option<String> = ("SourcePolicyType", "SourcePolicyType", "SourcePolicyType", Body, false, false, Kind::String);
    start_position: Option<Position> = ("StartPosition", "StartPosition", "StartPosition", Body, false, false, Kind::Structure(Position::shape));
});

crate::structure!(Tag {
    key: Option<String> = ("Key", "Key", "Key", Body, true, false, Kind::String);
    value: Option<String> = ("Value", "Value", "Value", Body, true, false, Kind::String);
});

crate::structure!(TagInstanceProfileRequest {
    instance_profile_name: Option<String> = ("InstanceProfileName", "InstanceProfileName", "InstanceProfileName", Body, true, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, true, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(TagPolicyRequest {
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, true, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(TagRoleRequest {
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, true, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(TagUserRequest {
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, true, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(UntagInstanceProfileRequest {
    instance_profile_name: Option<String> = ("InstanceProfileName", "InstanceProfileName", "InstanceProfileName", Body, true, false, Kind::String);
    tag_keys: Vec<String> = ("TagKeys", "TagKeys", "TagKeys", Body, true, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
});

crate::structure!(UntagPolicyRequest {
    policy_arn: Option<String> = ("PolicyArn", "PolicyArn", "PolicyArn", Body, true, false, Kind::String);
    tag_keys: Vec<String> = ("TagKeys", "TagKeys", "TagKeys", Body, true, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
});

crate::structure!(UntagRoleRequest {
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
    tag_keys: Vec<String> = ("TagKeys", "TagKeys", "TagKeys", Body, true, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
});

crate::structure!(UntagUserRequest {
    tag_keys: Vec<String> = ("TagKeys", "TagKeys", "TagKeys", Body, true, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(UpdateAccessKeyRequest {
    access_key_id: Option<String> = ("AccessKeyId", "AccessKeyId", "AccessKeyId", Body, true, false, Kind::String);
    status: Option<String> = ("Status", "Status", "Status", Body, true, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, false, false, Kind::String);
});

crate::structure!(UpdateAssumeRolePolicyRequest {
    policy_document: Option<String> = ("PolicyDocument", "PolicyDocument", "PolicyDocument", Body, true, false, Kind::String);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(UpdateGroupRequest {
    group_name: Option<String> = ("GroupName", "GroupName", "GroupName", Body, true, false, Kind::String);
    new_group_name: Option<String> = ("NewGroupName", "NewGroupName", "NewGroupName", Body, false, false, Kind::String);
    new_path: Option<String> = ("NewPath", "NewPath", "NewPath", Body, false, false, Kind::String);
});

crate::structure!(UpdateRoleRequest {
    description: Option<String> = ("Description", "Description", "Description", Body, false, false, Kind::String);
    max_session_duration: Option<i32> = ("MaxSessionDuration", "MaxSessionDuration", "MaxSessionDuration", Body, false, false, Kind::Integer);
    role_name: Option<String> = ("RoleName", "RoleName", "RoleName", Body, true, false, Kind::String);
});

crate::structure!(UpdateRoleResponse {
});

crate::structure!(UpdateUserRequest {
    new_path: Option<String> = ("NewPath", "NewPath", "NewPath", Body, false, false, Kind::String);
    new_user_name: Option<String> = ("NewUserName", "NewUserName", "NewUserName", Body, false, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(User {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, true, false, Kind::String);
    create_date: Option<Timestamp> = ("CreateDate", "CreateDate", "CreateDate", Body, true, false, Kind::Timestamp);
    password_last_used: Option<Timestamp> = ("PasswordLastUsed", "PasswordLastUsed", "PasswordLastUsed", Body, false, false, Kind::Timestamp);
    path: Option<String> = ("Path", "Path", "Path", Body, true, false, Kind::String);
    permissions_boundary: Option<AttachedPermissionsBoundary> = ("PermissionsBoundary", "PermissionsBoundary", "PermissionsBoundary", Body, false, false, Kind::Structure(AttachedPermissionsBoundary::shape));
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: true }));
    user_id: Option<String> = ("UserId", "UserId", "UserId", Body, true, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, true, false, Kind::String);
});

crate::structure!(UserDetail {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, false, false, Kind::String);
    attached_managed_policies: Vec<AttachedPolicy> = ("AttachedManagedPolicies", "AttachedManagedPolicies", "AttachedManagedPolicies", Body, false, false, Kind::List(&List { item: Kind::Structure(AttachedPolicy::shape), name: "member", flat: false, quiet: false }));
    create_date: Option<Timestamp> = ("CreateDate", "CreateDate", "CreateDate", Body, false, false, Kind::Timestamp);
    group_list: Vec<String> = ("GroupList", "GroupList", "GroupList", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    path: Option<String> = ("Path", "Path", "Path", Body, false, false, Kind::String);
    permissions_boundary: Option<AttachedPermissionsBoundary> = ("PermissionsBoundary", "PermissionsBoundary", "PermissionsBoundary", Body, false, false, Kind::Structure(AttachedPermissionsBoundary::shape));
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
    user_id: Option<String> = ("UserId", "UserId", "UserId", Body, false, false, Kind::String);
    user_name: Option<String> = ("UserName", "UserName", "UserName", Body, false, false, Kind::String);
    user_policy_list: Vec<PolicyDetail> = ("UserPolicyList", "UserPolicyList", "UserPolicyList", Body, false, false, Kind::List(&List { item: Kind::Structure(PolicyDetail::shape), name: "member", flat: false, quiet: false }));
});
