//! Written by `cargo xtask gen` from botocore 1.43.11's service models: do not edit.

#![allow(unused_imports, reason = "not every service has every kind")]

use crate::call::{Model, Protocol, Service, Unit};
use crate::shape::{Kind, List, Map, Structure, Timestamp};
use bytes::Bytes;
use std::collections::BTreeMap;

/// What the model says of the whole service.
pub static MODEL: Model = Model {
    name: "sts",
    protocol: Protocol::Query,
    version: "2011-06-15",
    namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
    target: "",
    content_type: "text/xml;charset=UTF-8",
};

crate::operation!(AssumeRole: AssumeRoleRequest => AssumeRoleResponse, Service::Sts, "POST" "/" 200, ["RoleArn", "RoleSessionName", "PolicyArns", "Policy", "DurationSeconds", "Tags", "TransitiveTagKeys", "ExternalId", "SourceIdentity"]);

crate::operation!(DecodeAuthorizationMessage: DecodeAuthorizationMessageRequest => DecodeAuthorizationMessageResponse, Service::Sts, "POST" "/" 200, ["EncodedMessage"]);

crate::operation!(GetAccessKeyInfo: GetAccessKeyInfoRequest => GetAccessKeyInfoResponse, Service::Sts, "POST" "/" 200, ["AccessKeyId"]);

crate::operation!(GetCallerIdentity: GetCallerIdentityRequest => GetCallerIdentityResponse, Service::Sts, "POST" "/" 200, []);

crate::operation!(GetSessionToken: GetSessionTokenRequest => GetSessionTokenResponse, Service::Sts, "POST" "/" 200, ["DurationSeconds"]);

crate::structure!(AssumeRoleRequest {
    duration_seconds: Option<i32> = ("DurationSeconds", "DurationSeconds", "DurationSeconds", Body, false, false, Kind::Integer);
    external_id: Option<String> = ("ExternalId", "ExternalId", "ExternalId", Body, false, false, Kind::String);
    policy: Option<String> = ("Policy", "Policy", "Policy", Body, false, false, Kind::String);
    policy_arns: Vec<PolicyDescriptorType> = ("PolicyArns", "PolicyArns", "PolicyArns", Body, false, false, Kind::List(&List { item: Kind::Structure(PolicyDescriptorType::shape), name: "member", flat: false, quiet: false }));
    provided_contexts: Vec<ProvidedContext> = ("ProvidedContexts", "ProvidedContexts", "ProvidedContexts", Body, false, false, Kind::List(&List { item: Kind::Structure(ProvidedContext::shape), name: "member", flat: false, quiet: false }));
    role_arn: Option<String> = ("RoleArn", "RoleArn", "RoleArn", Body, true, false, Kind::String);
    role_session_name: Option<String> = ("RoleSessionName", "RoleSessionName", "RoleSessionName", Body, true, false, Kind::String);
    serial_number: Option<String> = ("SerialNumber", "SerialNumber", "SerialNumber", Body, false, false, Kind::String);
    source_identity: Option<String> = ("SourceIdentity", "SourceIdentity", "SourceIdentity", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
    token_code: Option<String> = ("TokenCode", "TokenCode", "TokenCode", Body, false, false, Kind::String);
    transitive_tag_keys: Vec<String> = ("TransitiveTagKeys", "TransitiveTagKeys", "TransitiveTagKeys", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
});

crate::structure!(AssumeRoleResponse {
    assumed_role_user: Option<AssumedRoleUser> = ("AssumedRoleUser", "AssumedRoleUser", "AssumedRoleUser", Body, false, false, Kind::Structure(AssumedRoleUser::shape));
    credentials: Option<Credentials> = ("Credentials", "Credentials", "Credentials", Body, false, false, Kind::Structure(Credentials::shape));
    packed_policy_size: Option<i32> = ("PackedPolicySize", "PackedPolicySize", "PackedPolicySize", Body, false, false, Kind::Integer);
    source_identity: Option<String> = ("SourceIdentity", "SourceIdentity", "SourceIdentity", Body, false, false, Kind::String);
});

crate::structure!(AssumedRoleUser {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, true, false, Kind::String);
    assumed_role_id: Option<String> = ("AssumedRoleId", "AssumedRoleId", "AssumedRoleId", Body, true, false, Kind::String);
});

crate::structure!(Credentials {
    access_key_id: Option<String> = ("AccessKeyId", "AccessKeyId", "AccessKeyId", Body, true, false, Kind::String);
    expiration: Option<Timestamp> = ("Expiration", "Expiration", "Expiration", Body, true, false, Kind::Timestamp);
    secret_access_key: Option<String> = ("SecretAccessKey", "SecretAccessKey", "SecretAccessKey", Body, true, true, Kind::String);
    session_token: Option<String> = ("SessionToken", "SessionToken", "SessionToken", Body, true, false, Kind::String);
});

crate::structure!(DecodeAuthorizationMessageRequest {
    encoded_message: Option<String> = ("EncodedMessage", "EncodedMessage", "EncodedMessage", Body, true, false, Kind::String);
});

crate::structure!(DecodeAuthorizationMessageResponse {
    decoded_message: Option<String> = ("DecodedMessage", "DecodedMessage", "DecodedMessage", Body, false, false, Kind::String);
});

crate::structure!(GetAccessKeyInfoRequest {
    access_key_id: Option<String> = ("AccessKeyId", "AccessKeyId", "AccessKeyId", Body, true, false, Kind::String);
});

crate::structure!(GetAccessKeyInfoResponse {
    account: Option<String> = ("Account", "Account", "Account", Body, false, false, Kind::String);
});

crate::structure!(GetCallerIdentityRequest {
});

crate::structure!(GetCallerIdentityResponse {
    account: Option<String> = ("Account", "Account", "Account", Body, false, false, Kind::String);
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, false, false, Kind::String);
    user_id: Option<String> = ("UserId", "UserId", "UserId", Body, false, false, Kind::String);
});

crate::structure!(GetSessionTokenRequest {
    duration_seconds: Option<i32> = ("DurationSeconds", "DurationSeconds", "DurationSeconds", Body, false, false, Kind::Integer);
    serial_number: Option<String> = ("SerialNumber", "SerialNumber", "SerialNumber", Body, false, false, Kind::String);
    token_code: Option<String> = ("TokenCode", "TokenCode", "TokenCode", Body, false, false, Kind::String);
});

crate::structure!(GetSessionTokenResponse {
    credentials: Option<Credentials> = ("Credentials", "Credentials", "Credentials", Body, false, false, Kind::Structure(Credentials::shape));
});

crate::structure!(PolicyDescriptorType {
    arn: Option<String> = ("arn", "arn", "arn", Body, false, false, Kind::String);
});

crate::structure!(ProvidedContext {
    context_assertion: Option<String> = ("ContextAssertion", "ContextAssertion", "ContextAssertion", Body, false, false, Kind::String);
    provider_arn: Option<String> = ("ProviderArn", "ProviderArn", "ProviderArn", Body, false, false, Kind::String);
});

crate::structure!(Tag {
    key: Option<String> = ("Key", "Key", "Key", Body, true, false, Kind::String);
    value: Option<String> = ("Value", "Value", "Value", Body, true, false, Kind::String);
});
