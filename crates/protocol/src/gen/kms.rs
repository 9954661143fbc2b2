//! Written by `cargo xtask gen` from botocore 1.43.11's service models: do not edit.

#![allow(unused_imports, reason = "not every service has every kind")]

use crate::call::{Model, Protocol, Service, Unit};
use crate::shape::{Kind, List, Map, Structure, Timestamp};
use bytes::Bytes;
use std::collections::BTreeMap;

/// What the model says of the whole service.
pub static MODEL: Model = Model {
    name: "kms",
    protocol: Protocol::Json,
    version: "2014-11-01",
    namespace: "",
    target: "TrentService",
    content_type: "application/x-amz-json-1.1",
};

crate::operation!(CancelKeyDeletion: CancelKeyDeletionRequest => CancelKeyDeletionResponse, Service::Kms, "POST" "/" 200, ["KeyId"]);

crate::operation!(CreateAlias: CreateAliasRequest => Unit, Service::Kms, "POST" "/" 200, ["AliasName", "TargetKeyId"]);

crate::operation!(CreateGrant: CreateGrantRequest => CreateGrantResponse, Service::Kms, "POST" "/" 200, ["KeyId", "GranteePrincipal", "RetiringPrincipal", "Operations", "Constraints", "GrantTokens", "Name"]);

crate::operation!(CreateKey: CreateKeyRequest => CreateKeyResponse, Service::Kms, "POST" "/" 200, ["Policy", "Description", "KeyUsage=ENCRYPT_DECRYPT", "CustomerMasterKeySpec=SYMMETRIC_DEFAULT", "KeySpec=SYMMETRIC_DEFAULT", "Origin", "BypassPolicyLockoutSafetyCheck", "Tags", "MultiRegion=false"]);

crate::operation!(Decrypt: DecryptRequest => DecryptResponse, Service::Kms, "POST" "/" 200, ["CiphertextBlob", "EncryptionContext", "GrantTokens", "KeyId", "EncryptionAlgorithm=SYMMETRIC_DEFAULT"]);

crate::operation!(DeleteAlias: DeleteAliasRequest => Unit, Service::Kms, "POST" "/" 200, ["AliasName"]);

crate::operation!(DeleteImportedKeyMaterial: DeleteImportedKeyMaterialRequest => DeleteImportedKeyMaterialResponse, Service::Kms, "POST" "/" 200, ["KeyId"]);

crate::operation!(DescribeKey: DescribeKeyRequest => DescribeKeyResponse, Service::Kms, "POST" "/" 200, ["KeyId", "GrantTokens"]);

crate::operation!(DisableKey: DisableKeyRequest => Unit, Service::Kms, "POST" "/" 200, ["KeyId"]);

crate::operation!(DisableKeyRotation: DisableKeyRotationRequest => Unit, Service::Kms, "POST" "/" 200, ["KeyId"]);

crate::operation!(EnableKey: EnableKeyRequest => Unit, Service::Kms, "POST" "/" 200, ["KeyId"]);

crate::operation!(EnableKeyRotation: EnableKeyRotationRequest => Unit, Service::Kms, "POST" "/" 200, ["KeyId", "RotationPeriodInDays"]);

crate::operation!(Encrypt: EncryptRequest => EncryptResponse, Service::Kms, "POST" "/" 200, ["KeyId", "Plaintext", "EncryptionContext", "GrantTokens", "EncryptionAlgorithm=SYMMETRIC_DEFAULT"]);

crate::operation!(GenerateDataKey: GenerateDataKeyRequest => GenerateDataKeyResponse, Service::Kms, "POST" "/" 200, ["KeyId", "EncryptionContext", "NumberOfBytes", "KeySpec", "GrantTokens"]);

crate::operation!(GenerateDataKeyWithoutPlaintext: GenerateDataKeyWithoutPlaintextRequest => GenerateDataKeyWithoutPlaintextResponse, Service::Kms, "POST" "/" 200, ["KeyId", "EncryptionContext", "NumberOfBytes", "KeySpec", "GrantTokens"]);

crate::operation!(GenerateRandom: GenerateRandomRequest => GenerateRandomResponse, Service::Kms, "POST" "/" 200, ["NumberOfBytes"]);

crate::operation!(GetKeyPolicy: GetKeyPolicyRequest => GetKeyPolicyResponse, Service::Kms, "POST" "/" 200, ["KeyId", "PolicyName"]);

crate::operation!(GetKeyRotationStatus: GetKeyRotationStatusRequest => GetKeyRotationStatusResponse, Service::Kms, "POST" "/" 200, ["KeyId"]);

crate::operation!(GetParametersForImport: GetParametersForImportRequest => GetParametersForImportResponse, Service::Kms, "POST" "/" 200, ["KeyId", "WrappingAlgorithm", "WrappingKeySpec"]);

crate::operation!(ImportKeyMaterial: ImportKeyMaterialRequest => ImportKeyMaterialResponse, Service::Kms, "POST" "/" 200, ["KeyId", "ImportToken", "EncryptedKeyMaterial", "ValidTo", "ExpirationModel"]);

crate::operation!(ListAliases: ListAliasesRequest => ListAliasesResponse, Service::Kms, "POST" "/" 200, ["KeyId", "Limit", "Marker"]);

crate::operation!(ListGrants: ListGrantsRequest => ListGrantsResponse, Service::Kms, "POST" "/" 200, ["Limit", "Marker", "KeyId", "GrantId", "GranteePrincipal"]);

crate::operation!(ListKeyPolicies: ListKeyPoliciesRequest => ListKeyPoliciesResponse, Service::Kms, "POST" "/" 200, ["KeyId", "Limit", "Marker"]);

crate::operation!(ListKeyRotations: ListKeyRotationsRequest => ListKeyRotationsResponse, Service::Kms, "POST" "/" 200, ["KeyId", "IncludeKeyMaterial=ROTATIONS_ONLY", "Limit", "Marker"]);

crate::operation!(ListKeys: ListKeysRequest => ListKeysResponse, Service::Kms, "POST" "/" 200, ["Limit", "Marker"]);

crate::operation!(ListResourceTags: ListResourceTagsRequest => ListResourceTagsResponse, Service::Kms, "POST" "/" 200, ["KeyId", "Limit", "Marker"]);

crate::operation!(ListRetirableGrants: ListRetirableGrantsRequest => ListGrantsResponse, Service::Kms, "POST" "/" 200, ["Limit", "Marker", "RetiringPrincipal"]);

crate::operation!(PutKeyPolicy: PutKeyPolicyRequest => Unit, Service::Kms, "POST" "/" 200, ["KeyId", "PolicyName", "Policy", "BypassPolicyLockoutSafetyCheck"]);

crate::operation!(ReEncrypt: ReEncryptRequest => ReEncryptResponse, Service::Kms, "POST" "/" 200, ["CiphertextBlob", "SourceEncryptionContext", "SourceKeyId", "DestinationKeyId", "DestinationEncryptionContext", "SourceEncryptionAlgorithm=SYMMETRIC_DEFAULT", "DestinationEncryptionAlgorithm=SYMMETRIC_DEFAULT", "GrantTokens"]);

crate::operation!(RetireGrant: RetireGrantRequest => Unit, Service::Kms, "POST" "/" 200, ["GrantToken", "KeyId", "GrantId"]);

crate::operation!(RevokeGrant: RevokeGrantRequest => Unit, Service::Kms, "POST" "/" 200, ["KeyId", "GrantId"]);

crate::operation!(RotateKeyOnDemand: RotateKeyOnDemandRequest => RotateKeyOnDemandResponse, Service::Kms, "POST" "/" 200, ["KeyId"]);

crate::operation!(ScheduleKeyDeletion: ScheduleKeyDeletionRequest => ScheduleKeyDeletionResponse, Service::Kms, "POST" "/" 200, ["KeyId", "PendingWindowInDays"]);

crate::operation!(TagResource: TagResourceRequest => Unit, Service::Kms, "POST" "/" 200, ["KeyId", "Tags"]);

crate::operation!(UntagResource: UntagResourceRequest => Unit, Service::Kms, "POST" "/" 200, ["KeyId", "TagKeys"]);

crate::operation!(UpdateAlias: UpdateAliasRequest => Unit, Service::Kms, "POST" "/" 200, ["AliasName", "TargetKeyId"]);

crate::operation!(UpdateKeyDescription: UpdateKeyDescriptionRequest => Unit, Service::Kms, "POST" "/" 200, ["KeyId", "Description"]);

crate::structure!(AliasListEntry {
    alias_arn: Option<String> = ("AliasArn", "AliasArn", "AliasArn", Body, false, false, Kind::String);
    alias_name: Option<String> = ("AliasName", "AliasName", "AliasName", Body, false, false, Kind::String);
    creation_date: Option<Timestamp> = ("CreationDate", "CreationDate", "CreationDate", Body, false, false, Kind::Timestamp);
    last_updated_date: Option<Timestamp> = ("LastUpdatedDate", "LastUpdatedDate", "LastUpdatedDate", Body, false, false, Kind::Timestamp);
    target_key_id: Option<String> = ("TargetKeyId", "TargetKeyId", "TargetKeyId", Body, false, false, Kind::String);
});

crate::structure!(CancelKeyDeletionRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
});

crate::structure!(CancelKeyDeletionResponse {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
});

crate::structure!(CreateAliasRequest {
    alias_name: Option<String> = ("AliasName", "AliasName", "AliasName", Body, true, false, Kind::String);
    target_key_id: Option<String> = ("TargetKeyId", "TargetKeyId", "TargetKeyId", Body, true, false, Kind::String);
});

crate::structure!(CreateGrantRequest {
    constraints: Option<GrantConstraints> = ("Constraints", "Constraints", "Constraints", Body, false, false, Kind::Structure(GrantConstraints::shape));
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    grant_tokens: Vec<String> = ("GrantTokens", "GrantTokens", "GrantTokens", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    grantee_principal: Option<String> = ("GranteePrincipal", "GranteePrincipal", "GranteePrincipal", Body, true, false, Kind::String);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    name: Option<String> = ("Name", "Name", "Name", Body, false, false, Kind::String);
    operations: Vec<String> = ("Operations", "Operations", "Operations", Body, true, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    retiring_principal: Option<String> = ("RetiringPrincipal", "RetiringPrincipal", "RetiringPrincipal", Body, false, false, Kind::String);
});

crate::structure!(CreateGrantResponse {
    grant_id: Option<String> = ("GrantId", "GrantId", "GrantId", Body, false, false, Kind::String);
    grant_token: Option<String> = ("GrantToken", "GrantToken", "GrantToken", Body, false, false, Kind::String);
});

crate::structure!(CreateKeyRequest {
    bypass_policy_lockout_safety_check: Option<bool> = ("BypassPolicyLockoutSafetyCheck", "BypassPolicyLockoutSafetyCheck", "BypassPolicyLockoutSafetyCheck", Body, false, false, Kind::Boolean);
    custom_key_store_id: Option<String> = ("CustomKeyStoreId", "CustomKeyStoreId", "CustomKeyStoreId", Body, false, false, Kind::String);
    customer_master_key_spec: Option<String> = ("CustomerMasterKeySpec", "CustomerMasterKeySpec", "CustomerMasterKeySpec", Body, false, false, Kind::String);
    description: Option<String> = ("Description", "Description", "Description", Body, false, false, Kind::String);
    key_spec: Option<String> = ("KeySpec", "KeySpec", "KeySpec", Body, false, false, Kind::String);
    key_usage: Option<String> = ("KeyUsage", "KeyUsage", "KeyUsage", Body, false, false, Kind::String);
    multi_region: Option<bool> = ("MultiRegion", "MultiRegion", "MultiRegion", Body, false, false, Kind::Boolean);
    origin: Option<String> = ("Origin", "Origin", "Origin", Body, false, false, Kind::String);
    policy: Option<String> = ("Policy", "Policy", "Policy", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
    xks_key_id: Option<String> = ("XksKeyId", "XksKeyId", "XksKeyId", Body, false, false, Kind::String);
});

crate::structure!(CreateKeyResponse {
    key_metadata: Option<KeyMetadata> = ("KeyMetadata", "KeyMetadata", "KeyMetadata", Body, false, false, Kind::Structure(KeyMetadata::shape));
});

crate::structure!(DecryptRequest {
    ciphertext_blob: Option<Bytes> = ("CiphertextBlob", "CiphertextBlob", "CiphertextBlob", Body, false, false, Kind::Blob);
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    dry_run_modifiers: Vec<String> = ("DryRunModifiers", "DryRunModifiers", "DryRunModifiers", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    encryption_algorithm: Option<String> = ("EncryptionAlgorithm", "EncryptionAlgorithm", "EncryptionAlgorithm", Body, false, false, Kind::String);
    encryption_context: BTreeMap<String, String> = ("EncryptionContext", "EncryptionContext", "EncryptionContext", Body, false, false, Kind::Map(&Map { value: Kind::String, key_name: "key", value_name: "value", flat: false }));
    grant_tokens: Vec<String> = ("GrantTokens", "GrantTokens", "GrantTokens", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
    recipient: Option<RecipientInfo> = ("Recipient", "Recipient", "Recipient", Body, false, false, Kind::Structure(RecipientInfo::shape));
});

crate::structure!(DecryptResponse {
    ciphertext_for_recipient: Option<Bytes> = ("CiphertextForRecipient", "CiphertextForRecipient", "CiphertextForRecipient", Body, false, false, Kind::Blob);
    encryption_algorithm: Option<String> = ("EncryptionAlgorithm", "EncryptionAlgorithm", "EncryptionAlgorithm", Body, false, false, Kind::String);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
    key_material_id: Option<String> = ("KeyMaterialId", "KeyMaterialId", "KeyMaterialId", Body, false, false, Kind::String);
    plaintext: Option<Bytes> = ("Plaintext", "Plaintext", "Plaintext", Body, false, true, Kind::Blob);
});

crate::structure!(DeleteAliasRequest {
    alias_name: Option<String> = ("AliasName", "AliasName", "AliasName", Body, true, false, Kind::String);
});

crate::structure!(DeleteImportedKeyMaterialRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    key_material_id: Option<String> = ("KeyMaterialId", "KeyMaterialId", "KeyMaterialId", Body, false, false, Kind::String);
});

crate::structure!(DeleteImportedKeyMaterialResponse {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
    key_material_id: Option<String> = ("KeyMaterialId", "KeyMaterialId", "KeyMaterialId", Body, false, false, Kind::String);
});

crate::structure!(DescribeKeyRequest {
    grant_tokens: Vec<String> = ("GrantTokens", "GrantTokens", "GrantTokens", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
});

crate::structure!(DescribeKeyResponse {
    key_metadata: Option<KeyMetadata> = ("KeyMetadata", "KeyMetadata", "KeyMetadata", Body, false, false, Kind::Structure(KeyMetadata::shape));
});

crate::structure!(DisableKeyRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
});

crate::structure!(DisableKeyRotationRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
});

crate::structure!(EnableKeyRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
});

crate::structure!(EnableKeyRotationRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    rotation_period_in_days: Option<i32> = ("RotationPeriodInDays", "RotationPeriodInDays", "RotationPeriodInDays", Body, false, false, Kind::Integer);
});

crate::structure!(EncryptRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    encryption_algorithm: Option<String> = ("EncryptionAlgorithm", "EncryptionAlgorithm", "EncryptionAlgorithm", Body, false, false, Kind::String);
    encryption_context: BTreeMap<String, String> = ("EncryptionContext", "EncryptionContext", "EncryptionContext", Body, false, false, Kind::Map(&Map { value: Kind::String, key_name: "key", value_name: "value", flat: false }));
    grant_tokens: Vec<String> = ("GrantTokens", "GrantTokens", "GrantTokens", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    plaintext: Option<Bytes> = ("Plaintext", "Plaintext", "Plaintext", Body, true, true, Kind::Blob);
});

crate::structure!(EncryptResponse {
    ciphertext_blob: Option<Bytes> = ("CiphertextBlob", "CiphertextBlob", "CiphertextBlob", Body, false, false, Kind::Blob);
    encryption_algorithm: Option<String> = ("EncryptionAlgorithm", "EncryptionAlgorithm", "EncryptionAlgorithm", Body, false, false, Kind::String);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
});

crate::structure!(GenerateDataKeyRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    encryption_context: BTreeMap<String, String> = ("EncryptionContext", "EncryptionContext", "EncryptionContext", Body, false, false, Kind::Map(&Map { value: Kind::String, key_name: "key", value_name: "value", flat: false }));
    grant_tokens: Vec<String> = ("GrantTokens", "GrantTokens", "GrantTokens", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    key_spec: Option<String> = ("KeySpec", "KeySpec", "KeySpec", Body, false, false, Kind::String);
    number_of_bytes: Option<i32> = ("NumberOfBytes", "NumberOfBytes", "NumberOfBytes", Body, false, false, Kind::Integer);
    recipient: Option<RecipientInfo> = ("Recipient", "Recipient", "Recipient", Body, false, false, Kind::Structure(RecipientInfo::shape));
});

crate::structure!(GenerateDataKeyResponse {
    ciphertext_blob: Option<Bytes> = ("CiphertextBlob", "CiphertextBlob", "CiphertextBlob", Body, false, false, Kind::Blob);
    ciphertext_for_recipient: Option<Bytes> = ("CiphertextForRecipient", "CiphertextForRecipient", "CiphertextForRecipient", Body, false, false, Kind::Blob);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
    key_material_id: Option<String> = ("KeyMaterialId", "KeyMaterialId", "KeyMaterialId", Body, false, false, Kind::String);
    plaintext: Option<Bytes> = ("Plaintext", "Plaintext", "Plaintext", Body, false, true, Kind::Blob);
});

crate::structure!(GenerateDataKeyWithoutPlaintextRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    encryption_context: BTreeMap<String, String> = ("EncryptionContext", "EncryptionContext", "EncryptionContext", Body, false, false, Kind::Map(&Map { value: Kind::String, key_name: "key", value_name: "value", flat: false }));
    grant_tokens: Vec<String> = ("GrantTokens", "GrantTokens", "GrantTokens", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    key_spec: Option<String> = ("KeySpec", "KeySpec", "KeySpec", Body, false, false, Kind::String);
    number_of_bytes: Option<i32> = ("NumberOfBytes", "NumberOfBytes", "NumberOfBytes", Body, false, false, Kind::Integer);
});

crate::structure!(GenerateDataKeyWithoutPlaintextResponse {
    ciphertext_blob: Option<Bytes> = ("CiphertextBlob", "CiphertextBlob", "CiphertextBlob", Body, false, false, Kind::Blob);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
    key_material_id: Option<String> = ("KeyMaterialId", "KeyMaterialId", "KeyMaterialId", Body, false, false, Kind::String);
});

crate::structure!(GenerateRandomRequest {
    custom_key_store_id: Option<String> = ("CustomKeyStoreId", "CustomKeyStoreId", "CustomKeyStoreId", Body, false, false, Kind::String);
    number_of_bytes: Option<i32> = ("NumberOfBytes", "NumberOfBytes", "NumberOfBytes", Body, false, false, Kind::Integer);
    recipient: Option<RecipientInfo> = ("Recipient", "Recipient", "Recipient", Body, false, false, Kind::Structure(RecipientInfo::shape));
});

crate::structure!(GenerateRandomResponse {
    ciphertext_for_recipient: Option<Bytes> = ("CiphertextForRecipient", "CiphertextForRecipient", "CiphertextForRecipient", Body, false, false, Kind::Blob);
    plaintext: Option<Bytes> = ("Plaintext", "Plaintext", "Plaintext", Body, false, true, Kind::Blob);
});

crate::structure!(GetKeyPolicyRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, false, false, Kind::String);
});

crate::structure!(GetKeyPolicyResponse {
    policy: Option<String> = ("Policy", "Policy", "Policy", Body, false, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, false, false, Kind::String);
});

crate::structure!(GetKeyRotationStatusRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
});

crate::structure!(GetKeyRotationStatusResponse {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
    key_rotation_enabled: Option<bool> = ("KeyRotationEnabled", "KeyRotationEnabled", "KeyRotationEnabled", Body, false, false, Kind::Boolean);
    next_rotation_date: Option<Timestamp> = ("NextRotationDate", "NextRotationDate", "NextRotationDate", Body, false, false, Kind::Timestamp);
    on_demand_rotation_start_date: Option<Timestamp> = ("OnDemandRotationStartDate", "OnDemandRotationStartDate", "OnDemandRotationStartDate", Body, false, false, Kind::Timestamp);
    rotation_period_in_days: Option<i32> = ("RotationPeriodInDays", "RotationPeriodInDays", "RotationPeriodInDays", Body, false, false, Kind::Integer);
});

crate::structure!(GetParametersForImportRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    wrapping_algorithm: Option<String> = ("WrappingAlgorithm", "WrappingAlgorithm", "WrappingAlgorithm", Body, true, false, Kind::String);
    wrapping_key_spec: Option<String> = ("WrappingKeySpec", "WrappingKeySpec", "WrappingKeySpec", Body, true, false, Kind::String);
});

crate::structure!(GetParametersForImportResponse {
    import_token: Option<Bytes> = ("ImportToken", "ImportToken", "ImportToken", Body, false, false, Kind::Blob);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
    parameters_valid_to: Option<Timestamp> = ("ParametersValidTo", "ParametersValidTo", "ParametersValidTo", Body, false, false, Kind::Timestamp);
    public_key: Option<Bytes> = ("PublicKey", "PublicKey", "PublicKey", Body, false, true, Kind::Blob);
});

crate::structure!(GrantConstraints {
    encryption_context_equals: BTreeMap<String, String> = ("EncryptionContextEquals", "EncryptionContextEquals", "EncryptionContextEquals", Body, false, false, Kind::Map(&Map { value: Kind::String, key_name: "key", value_name: "value", flat: false }));
    encryption_context_subset: BTreeMap<String, String> = ("EncryptionContextSubset", "EncryptionContextSubset", "EncryptionContextSubset", Body, false, false, Kind::Map(&Map { value: Kind::String, key_name: "key", value_name: "value", flat: false }));
});

crate::structure!(GrantListEntry {
    constraints: Option<GrantConstraints> = ("Constraints", "Constraints", "Constraints", Body, false, false, Kind::Structure(GrantConstraints::shape));
    creation_date: Option<Timestamp> = ("CreationDate", "CreationDate", "CreationDate", Body, false, false, Kind::Timestamp);
    grant_id: Option<String> = ("GrantId", "GrantId", "GrantId", Body, false, false, Kind::String);
    grantee_principal: Option<String> = ("GranteePrincipal", "GranteePrincipal", "GranteePrincipal", Body, false, false, Kind::String);
    issuing_account: Option<String> = ("IssuingAccount", "IssuingAccount", "IssuingAccount", Body, false, false, Kind::String);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
    name: Option<String> = ("Name", "Name", "Name", Body, false, false, Kind::String);
    operations: Vec<String> = ("Operations", "Operations", "Operations", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    retiring_principal: Option<String> = ("RetiringPrincipal", "RetiringPrincipal", "RetiringPrincipal", Body, false, false, Kind::String);
});

crate::structure!(ImportKeyMaterialRequest {
    encrypted_key_material: Option<Bytes> = ("EncryptedKeyMaterial", "EncryptedKeyMaterial", "EncryptedKeyMaterial", Body, true, false, Kind::Blob);
    expiration_model: Option<String> = ("ExpirationModel", "ExpirationModel", "ExpirationModel", Body, false, false, Kind::String);
    import_token: Option<Bytes> = ("ImportToken", "ImportToken", "ImportToken", Body, true, false, Kind::Blob);
    import_type: Option<String> = ("ImportType", "ImportType", "ImportType", Body, false, false, Kind::String);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    key_material_description: Option<String> = ("KeyMaterialDescription", "KeyMaterialDescription", "KeyMaterialDescription", Body, false, false, Kind::String);
    key_material_id: Option<String> = ("KeyMaterialId", "KeyMaterialId", "KeyMaterialId", Body, false, false, Kind::String);
    valid_to: Option<Timestamp> = ("ValidTo", "ValidTo", "ValidTo", Body, false, false, Kind::Timestamp);
});

crate::structure!(ImportKeyMaterialResponse {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
    key_material_id: Option<String> = ("KeyMaterialId", "KeyMaterialId", "KeyMaterialId", Body, false, false, Kind::String);
});

crate::structure!(KeyListEntry {
    key_arn: Option<String> = ("KeyArn", "KeyArn", "KeyArn", Body, false, false, Kind::String);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
});

crate::structure!(KeyMetadata {
    aws_account_id: Option<String> = ("AWSAccountId", "AWSAccountId", "AWSAccountId", Body, false, false, Kind::String);
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, false, false, Kind::String);
    cloud_hsm_cluster_id: Option<String> = ("CloudHsmClusterId", "CloudHsmClusterId", "CloudHsmClusterId", Body, false, false, Kind::String);
    creation_date: Option<Timestamp> = ("CreationDate", "CreationDate", "CreationDate", Body, false, false, Kind::Timestamp);
    current_key_material_id: Option<String> = ("CurrentKeyMaterialId", "CurrentKeyMaterialId", "CurrentKeyMaterialId", Body, false, false, Kind::String);
    custom_key_store_id: Option<String> = ("CustomKeyStoreId", "CustomKeyStoreId", "CustomKeyStoreId", Body, false, false, Kind::String);
    customer_master_key_spec: Option<String> = ("CustomerMasterKeySpec", "CustomerMasterKeySpec", "CustomerMasterKeySpec", Body, false, false, Kind::String);
    deletion_date: Option<Timestamp> = ("DeletionDate", "DeletionDate", "DeletionDate", Body, false, false, Kind::Timestamp);
    description: Option<String> = ("Description", "Description", "Description", Body, false, false, Kind::String);
    enabled: Option<bool> = ("Enabled", "Enabled", "Enabled", Body, false, false, Kind::Boolean);
    encryption_algorithms: Vec<String> = ("EncryptionAlgorithms", "EncryptionAlgorithms", "EncryptionAlgorithms", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    expiration_model: Option<String> = ("ExpirationModel", "ExpirationModel", "ExpirationModel", Body, false, false, Kind::String);
    key_agreement_algorithms: Vec<String> = ("KeyAgreementAlgorithms", "KeyAgreementAlgorithms", "KeyAgreementAlgorithms", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: true }));
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    key_manager: Option<String> = ("KeyManager", "KeyManager", "KeyManager", Body, false, false, Kind::String);
    key_spec: Option<String> = ("KeySpec", "KeySpec", "KeySpec", Body, false, false, Kind::String);
    key_state: Option<String> = ("KeyState", "KeyState", "KeyState", Body, false, false, Kind::String);
    key_usage: Option<String> = ("KeyUsage", "KeyUsage", "KeyUsage", Body, false, false, Kind::String);
    mac_algorithms: Vec<String> = ("MacAlgorithms", "MacAlgorithms", "MacAlgorithms", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: true }));
    multi_region: Option<bool> = ("MultiRegion", "MultiRegion", "MultiRegion", Body, false, false, Kind::Boolean);
    multi_region_configuration: Option<MultiRegionConfiguration> = ("MultiRegionConfiguration", "MultiRegionConfiguration", "MultiRegionConfiguration", Body, false, false, Kind::Structure(MultiRegionConfiguration::shape));
    origin: Option<String> = ("Origin", "Origin", "Origin", Body, false, false, Kind::String);
    pending_deletion_window_in_days: Option<i32> = ("PendingDeletionWindowInDays", "PendingDeletionWindowInDays", "PendingDeletionWindowInDays", Body, false, false, Kind::Integer);
    signing_algorithms: Vec<String> = ("SigningAlgorithms", "SigningAlgorithms", "SigningAlgorithms", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: true }));
    valid_to: Option<Timestamp> = ("ValidTo", "ValidTo", "ValidTo", Body, false, false, Kind::Timestamp);
    xks_key_configuration: Option<XksKeyConfigurationType> = ("XksKeyConfiguration", "XksKeyConfiguration", "XksKeyConfiguration", Body, false, false, Kind::Structure(XksKeyConfigurationType::shape));
});

crate::structure!(ListAliasesRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
    limit: Option<i32> = ("Limit", "Limit", "Limit", Body, false, false, Kind::Integer);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListAliasesResponse {
    aliases: Vec<AliasListEntry> = ("Aliases", "Aliases", "Aliases", Body, false, false, Kind::List(&List { item: Kind::Structure(AliasListEntry::shape), name: "member", flat: false, quiet: false }));
    next_marker: Option<String> = ("NextMarker", "NextMarker", "NextMarker", Body, false, false, Kind::String);
    truncated: Option<bool> = ("Truncated", "Truncated", "Truncated", Body, false, false, Kind::Boolean);
});

crate::structure!(ListGrantsRequest {
    grant_id: Option<String> = ("GrantId", "GrantId", "GrantId", Body, false, false, Kind::String);
    grantee_principal: Option<String> = ("GranteePrincipal", "GranteePrincipal", "GranteePrincipal", Body, false, false, Kind::String);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    limit: Option<i32> = ("Limit", "Limit", "Limit", Body, false, false, Kind::Integer);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListGrantsResponse {
    grants: Vec<GrantListEntry> = ("Grants", "Grants", "Grants", Body, false, false, Kind::List(&List { item: Kind::Structure(GrantListEntry::shape), name: "member", flat: false, quiet: false }));
    next_marker: Option<String> = ("NextMarker", "NextMarker", "NextMarker", Body, false, false, Kind::String);
    truncated: Option<bool> = ("Truncated", "Truncated", "Truncated", Body, false, false, Kind::Boolean);
});

crate::structure!(ListKeyPoliciesRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    limit: Option<i32> = ("Limit", "Limit", "Limit", Body, false, false, Kind::Integer);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListKeyPoliciesResponse {
    next_marker: Option<String> = ("NextMarker", "NextMarker", "NextMarker", Body, false, false, Kind::String);
    policy_names: Vec<String> = ("PolicyNames", "PolicyNames", "PolicyNames", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    truncated: Option<bool> = ("Truncated", "Truncated", "Truncated", Body, false, false, Kind::Boolean);
});

crate::structure!(ListKeyRotationsRequest {
    include_key_material: Option<String> = ("IncludeKeyMaterial", "IncludeKeyMaterial", "IncludeKeyMaterial", Body, false, false, Kind::String);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    limit: Option<i32> = ("Limit", "Limit", "Limit", Body, false, false, Kind::Integer);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListKeyRotationsResponse {
    next_marker: Option<String> = ("NextMarker", "NextMarker", "NextMarker", Body, false, false, Kind::String);
    rotations: Vec<RotationsListEntry> = ("Rotations", "Rotations", "Rotations", Body, false, false, Kind::List(&List { item: Kind::Structure(RotationsListEntry::shape), name: "member", flat: false, quiet: false }));
    truncated: Option<bool> = ("Truncated", "Truncated", "Truncated", Body, false, false, Kind::Boolean);
});

crate::structure!(ListKeysRequest {
    limit: Option<i32> = ("Limit", "Limit", "Limit", Body, false, false, Kind::Integer);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListKeysResponse {
    keys: Vec<KeyListEntry> = ("Keys", "Keys", "Keys", Body, false, false, Kind::List(&List { item: Kind::Structure(KeyListEntry::shape), name: "member", flat: false, quiet: false }));
    next_marker: Option<String> = ("NextMarker", "NextMarker", "NextMarker", Body, false, false, Kind::String);
    truncated: Option<bool> = ("Truncated", "Truncated", "Truncated", Body, false, false, Kind::Boolean);
});

crate::structure!(ListResourceTagsRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    limit: Option<i32> = ("Limit", "Limit", "Limit", Body, false, false, Kind::Integer);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
});

crate::structure!(ListResourceTagsResponse {
    next_marker: Option<String> = ("NextMarker", "NextMarker", "NextMarker", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
    truncated: Option<bool> = ("Truncated", "Truncated", "Truncated", Body, false, false, Kind::Boolean);
});

crate::structure!(ListRetirableGrantsRequest {
    limit: Option<i32> = ("Limit", "Limit", "Limit", Body, false, false, Kind::Integer);
    marker: Option<String> = ("Marker", "Marker", "Marker", Body, false, false, Kind::String);
    retiring_principal: Option<String> = ("RetiringPrincipal", "RetiringPrincipal", "RetiringPrincipal", Body, true, false, Kind::String);
});

crate::structure!(MultiRegionConfiguration {
    multi_region_key_type: Option<String> = ("MultiRegionKeyType", "MultiRegionKeyType", "MultiRegionKeyType", Body, false, false, Kind::String);
    primary_key: Option<MultiRegionKey> = ("PrimaryKey", "PrimaryKey", "PrimaryKey", Body, false, false, Kind::Structure(MultiRegionKey::shape));
    replica_keys: Vec<MultiRegionKey> = ("ReplicaKeys", "ReplicaKeys", "ReplicaKeys", Body, false, false, Kind::List(&List { item: Kind::Structure(MultiRegionKey::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(MultiRegionKey {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, false, false, Kind::String);
    region: Option<String> = ("Region", "Region", "Region", Body, false, false, Kind::String);
});

crate::structure!(PutKeyPolicyRequest {
    bypass_policy_lockout_safety_check: Option<bool> = ("BypassPolicyLockoutSafetyCheck", "BypassPolicyLockoutSafetyCheck", "BypassPolicyLockoutSafetyCheck", Body, false, false, Kind::Boolean);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    policy: Option<String> = ("Policy", "Policy", "Policy", Body, true, false, Kind::String);
    policy_name: Option<String> = ("PolicyName", "PolicyName", "PolicyName", Body, false, false, Kind::String);
});

crate::structure!(ReEncryptRequest {
    ciphertext_blob: Option<Bytes> = ("CiphertextBlob", "CiphertextBlob", "CiphertextBlob", Body, false, false, Kind::Blob);
    destination_encryption_algorithm: Option<String> = ("DestinationEncryptionAlgorithm", "DestinationEncryptionAlgorithm", "DestinationEncryptionAlgorithm", Body, false, false, Kind::String);
    destination_encryption_context: BTreeMap<String, String> = ("DestinationEncryptionContext", "DestinationEncryptionContext", "DestinationEncryptionContext", Body, false, false, Kind::Map(&Map { value: Kind::String, key_name: "key", value_name: "value", flat: false }));
    destination_key_id: Option<String> = ("DestinationKeyId", "DestinationKeyId", "DestinationKeyId", Body, true, false, Kind::String);
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    dry_run_modifiers: Vec<String> = ("DryRunModifiers", "DryRunModifiers", "DryRunModifiers", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    grant_tokens: Vec<String> = ("GrantTokens", "GrantTokens", "GrantTokens", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
    source_encryption_algorithm: Option<String> = ("SourceEncryptionAlgorithm", "SourceEncryptionAlgorithm", "SourceEncryptionAlgorithm", Body, false, false, Kind::String);
    source_encryption_context: BTreeMap<String, String> = ("SourceEncryptionContext", "SourceEncryptionContext", "SourceEncryptionContext", Body, false, false, Kind::Map(&Map { value: Kind::String, key_name: "key", value_name: "value", flat: false }));
    source_key_id: Option<String> = ("SourceKeyId", "SourceKeyId", "SourceKeyId", Body, false, false, Kind::String);
});

crate::structure!(ReEncryptResponse {
    ciphertext_blob: Option<Bytes> = ("CiphertextBlob", "CiphertextBlob", "CiphertextBlob", Body, false, false, Kind::Blob);
    destination_encryption_algorithm: Option<String> = ("DestinationEncryptionAlgorithm", "DestinationEncryptionAlgorithm", "DestinationEncryptionAlgorithm", Body, false, false, Kind::String);
    destination_key_material_id: Option<String> = ("DestinationKeyMaterialId", "DestinationKeyMaterialId", "DestinationKeyMaterialId", Body, false, false, Kind::String);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
    source_encryption_algorithm: Option<String> = ("SourceEncryptionAlgorithm", "SourceEncryptionAlgorithm", "SourceEncryptionAlgorithm", Body, false, false, Kind::String);
    source_key_id: Option<String> = ("SourceKeyId", "SourceKeyId", "SourceKeyId", Body, false, false, Kind::String);
    source_key_material_id: Option<String> = ("SourceKeyMaterialId", "SourceKeyMaterialId", "SourceKeyMaterialId", Body, false, false, Kind::String);
});

crate::structure!(RecipientInfo {
    attestation_document: Option<Bytes> = ("AttestationDocument", "AttestationDocument", "AttestationDocument", Body, false, false, Kind::Blob);
    key_encryption_algorithm: Option<String> = ("KeyEncryptionAlgorithm", "KeyEncryptionAlgorithm", "KeyEncryptionAlgorithm", Body, false, false, Kind::String);
});

crate::structure!(RetireGrantRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    grant_id: Option<String> = ("GrantId", "GrantId", "GrantId", Body, false, false, Kind::String);
    grant_token: Option<String> = ("GrantToken", "GrantToken", "GrantToken", Body, false, false, Kind::String);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
});

crate::structure!(RevokeGrantRequest {
    dry_run: Option<bool> = ("DryRun", "DryRun", "DryRun", Body, false, false, Kind::Boolean);
    grant_id: Option<String> = ("GrantId", "GrantId", "GrantId", Body, true, false, Kind::String);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
});

crate::structure!(RotateKeyOnDemandRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
});

crate::structure!(RotateKeyOnDemandResponse {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
});

crate::structure!(RotationsListEntry {
    expiration_model: Option<String> = ("ExpirationModel", "ExpirationModel", "ExpirationModel", Body, false, false, Kind::String);
    import_state: Option<String> = ("ImportState", "ImportState", "ImportState", Body, false, false, Kind::String);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
    key_material_description: Option<String> = ("KeyMaterialDescription", "KeyMaterialDescription", "KeyMaterialDescription", Body, false, false, Kind::String);
    key_material_id: Option<String> = ("KeyMaterialId", "KeyMaterialId", "KeyMaterialId", Body, false, false, Kind::String);
    key_material_state: Option<String> = ("KeyMaterialState", "KeyMaterialState", "KeyMaterialState", Body, false, false, Kind::String);
    rotation_date: Option<Timestamp> = ("RotationDate", "RotationDate", "RotationDate", Body, false, false, Kind::Timestamp);
    rotation_type: Option<String> = ("RotationType", "RotationType", "RotationType", Body, false, false, Kind::String);
    valid_to: Option<Timestamp> = ("ValidTo", "ValidTo", "ValidTo", Body, false, false, Kind::Timestamp);
});

crate::structure!(ScheduleKeyDeletionRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    pending_window_in_days: Option<i32> = ("PendingWindowInDays", "PendingWindowInDays", "PendingWindowInDays", Body, false, false, Kind::Integer);
});

crate::structure!(ScheduleKeyDeletionResponse {
    deletion_date: Option<Timestamp> = ("DeletionDate", "DeletionDate", "DeletionDate", Body, false, false, Kind::Timestamp);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, false, false, Kind::String);
    key_state: Option<String> = ("KeyState", "KeyState", "KeyState", Body, false, false, Kind::String);
    pending_window_in_days: Option<i32> = ("PendingWindowInDays", "PendingWindowInDays", "PendingWindowInDays", Body, false, false, Kind::Integer);
});

crate::structure!(Tag {
    tag_key: Option<String> = ("TagKey", "TagKey", "TagKey", Body, true, false, Kind::String);
    tag_value: Option<String> = ("TagValue", "TagValue", "TagValue", Body, true, false, Kind::String);
});

crate::structure!(TagResourceRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, true, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(UntagResourceRequest {
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
    tag_keys: Vec<String> = ("TagKeys", "TagKeys", "TagKeys", Body, true, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: false }));
});

crate::structure!(UpdateAliasRequest {
    alias_name: Option<String> = ("AliasName", "AliasName", "AliasName", Body, true, false, Kind::String);
    target_key_id: Option<String> = ("TargetKeyId", "TargetKeyId", "TargetKeyId", Body, true, false, Kind::String);
});

crate::structure!(UpdateKeyDescriptionRequest {
    description: Option<String> = ("Description", "Description", "Description", Body, true, false, Kind::String);
    key_id: Option<String> = ("KeyId", "KeyId", "KeyId", Body, true, false, Kind::String);
});

crate::structure!(XksKeyConfigurationType {
    id: Option<String> = ("Id", "Id", "Id", Body, false, false, Kind::String);
});
