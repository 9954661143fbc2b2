//! Written by `cargo xtask gen` from botocore 1.43.11's service models: do not edit.

#![allow(unused_imports, reason = "not every service has every kind")]

use crate::call::{Model, Protocol, Service, Unit};
use crate::shape::{Kind, List, Map, Structure, Timestamp};
use bytes::Bytes;
use std::collections::BTreeMap;

/// What the model says of the whole service.
pub static MODEL: Model = Model {
    name: "ebs",
    protocol: Protocol::RestJson,
    version: "2019-11-02",
    namespace: "",
    target: "",
    content_type: "application/json",
};

crate::operation!(CompleteSnapshot: CompleteSnapshotRequest => CompleteSnapshotResponse, Service::Ebs, "POST" "/snapshots/completion/{snapshotId}" 202, ["SnapshotId", "ChangedBlocksCount", "Checksum", "ChecksumAlgorithm", "ChecksumAggregationMethod"]);

crate::operation!(GetSnapshotBlock: GetSnapshotBlockRequest => GetSnapshotBlockResponse, Service::Ebs, "GET" "/snapshots/{snapshotId}/blocks/{blockIndex}" 200, ["SnapshotId", "BlockIndex", "BlockToken"]);

crate::operation!(ListChangedBlocks: ListChangedBlocksRequest => ListChangedBlocksResponse, Service::Ebs, "GET" "/snapshots/{secondSnapshotId}/changedblocks" 200, ["FirstSnapshotId", "SecondSnapshotId", "NextToken", "MaxResults", "StartingBlockIndex"]);

crate::operation!(ListSnapshotBlocks: ListSnapshotBlocksRequest => ListSnapshotBlocksResponse, Service::Ebs, "GET" "/snapshots/{snapshotId}/blocks" 200, ["SnapshotId", "NextToken", "MaxResults", "StartingBlockIndex"]);

crate::operation!(PutSnapshotBlock: PutSnapshotBlockRequest => PutSnapshotBlockResponse, Service::Ebs, "PUT" "/snapshots/{snapshotId}/blocks/{blockIndex}" 201, ["SnapshotId", "BlockIndex", "BlockData", "DataLength", "Progress", "Checksum", "ChecksumAlgorithm"]);

crate::operation!(StartSnapshot: StartSnapshotRequest => StartSnapshotResponse, Service::Ebs, "POST" "/snapshots" 201, ["VolumeSize", "ParentSnapshotId", "Tags", "Description", "ClientToken", "Timeout", "Encrypted", "KmsKeyArn"]);

crate::structure!(Block {
    block_index: Option<i32> = ("BlockIndex", "BlockIndex", "BlockIndex", Body, false, false, Kind::Integer);
    block_token: Option<String> = ("BlockToken", "BlockToken", "BlockToken", Body, false, false, Kind::String);
});

crate::structure!(ChangedBlock {
    block_index: Option<i32> = ("BlockIndex", "BlockIndex", "BlockIndex", Body, false, false, Kind::Integer);
    first_block_token: Option<String> = ("FirstBlockToken", "FirstBlockToken", "FirstBlockToken", Body, false, false, Kind::String);
    second_block_token: Option<String> = ("SecondBlockToken", "SecondBlockToken", "SecondBlockToken", Body, false, false, Kind::String);
});

crate::structure!(CompleteSnapshotRequest {
    changed_blocks_count: Option<i32> = ("ChangedBlocksCount", "X-amz-ChangedBlocksCount", "x-amz-ChangedBlocksCount", Header, true, false, Kind::Integer);
    checksum: Option<String> = ("Checksum", "X-amz-Checksum", "x-amz-Checksum", Header, false, false, Kind::String);
    checksum_aggregation_method: Option<String> = ("ChecksumAggregationMethod", "X-amz-Checksum-Aggregation-Method", "x-amz-Checksum-Aggregation-Method", Header, false, false, Kind::String);
    checksum_algorithm: Option<String> = ("ChecksumAlgorithm", "X-amz-Checksum-Algorithm", "x-amz-Checksum-Algorithm", Header, false, false, Kind::String);
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "snapshotId", Uri, true, false, Kind::String);
});

crate::structure!(CompleteSnapshotResponse {
    status: Option<String> = ("Status", "Status", "Status", Body, false, false, Kind::String);
});

crate::structure!(GetSnapshotBlockRequest {
    block_index: Option<i32> = ("BlockIndex", "BlockIndex", "blockIndex", Uri, true, false, Kind::Integer);
    block_token: Option<String> = ("BlockToken", "BlockToken", "blockToken", Query, true, false, Kind::String);
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "snapshotId", Uri, true, false, Kind::String);
});

crate::structure!(GetSnapshotBlockResponse {
    block_data: Option<Bytes> = ("BlockData", "BlockData", "BlockData", Payload, false, true, Kind::Blob);
    checksum: Option<String> = ("Checksum", "X-amz-Checksum", "x-amz-Checksum", Header, false, false, Kind::String);
    checksum_algorithm: Option<String> = ("ChecksumAlgorithm", "X-amz-Checksum-Algorithm", "x-amz-Checksum-Algorithm", Header, false, false, Kind::String);
    data_length: Option<i32> = ("DataLength", "X-amz-Data-Length", "x-amz-Data-Length", Header, false, false, Kind::Integer);
});

crate::structure!(ListChangedBlocksRequest {
    first_snapshot_id: Option<String> = ("FirstSnapshotId", "FirstSnapshotId", "firstSnapshotId", Query, false, false, Kind::String);
    max_results: Option<i32> = ("MaxResults", "MaxResults", "maxResults", Query, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "PageToken", "pageToken", Query, false, false, Kind::String);
    second_snapshot_id: Option<String> = ("SecondSnapshotId", "SecondSnapshotId", "secondSnapshotId", Uri, true, false, Kind::String);
    starting_block_index: Option<i32> = ("StartingBlockIndex", "StartingBlockIndex", "startingBlockIndex", Query, false, false, Kind::Integer);
});

crate::structure!(ListChangedBlocksResponse {
    block_size: Option<i32> = ("BlockSize", "BlockSize", "BlockSize", Body, false, false, Kind::Integer);
    changed_blocks: Vec<ChangedBlock> = ("ChangedBlocks", "ChangedBlocks", "ChangedBlocks", Body, false, true, Kind::List(&List { item: Kind::Structure(ChangedBlock::shape), name: "member", flat: false, quiet: false }));
    expiry_time: Option<Timestamp> = ("ExpiryTime", "ExpiryTime", "ExpiryTime", Body, false, false, Kind::Timestamp);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
    volume_size: Option<i64> = ("VolumeSize", "VolumeSize", "VolumeSize", Body, false, false, Kind::Long);
});

crate::structure!(ListSnapshotBlocksRequest {
    max_results: Option<i32> = ("MaxResults", "MaxResults", "maxResults", Query, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "PageToken", "pageToken", Query, false, false, Kind::String);
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "snapshotId", Uri, true, false, Kind::String);
    starting_block_index: Option<i32> = ("StartingBlockIndex", "StartingBlockIndex", "startingBlockIndex", Query, false, false, Kind::Integer);
});

crate::structure!(ListSnapshotBlocksResponse {
    block_size: Option<i32> = ("BlockSize", "BlockSize", "BlockSize", Body, false, false, Kind::Integer);
    blocks: Vec<Block> = ("Blocks", "Blocks", "Blocks", Body, false, true, Kind::List(&List { item: Kind::Structure(Block::shape), name: "member", flat: false, quiet: false }));
    expiry_time: Option<Timestamp> = ("ExpiryTime", "ExpiryTime", "ExpiryTime", Body, false, false, Kind::Timestamp);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
    volume_size: Option<i64> = ("VolumeSize", "VolumeSize", "VolumeSize", Body, false, false, Kind::Long);
});

crate::structure!(PutSnapshotBlockRequest {
    block_data: Option<Bytes> = ("BlockData", "BlockData", "BlockData", Payload, true, true, Kind::Blob);
    block_index: Option<i32> = ("BlockIndex", "BlockIndex", "blockIndex", Uri, true, false, Kind::Integer);
    checksum: Option<String> = ("Checksum", "X-amz-Checksum", "x-amz-Checksum", Header, true, false, Kind::String);
    checksum_algorithm: Option<String> = ("ChecksumAlgorithm", "X-amz-Checksum-Algorithm", "x-amz-Checksum-Algorithm", Header, true, false, Kind::String);
    data_length: Option<i32> = ("DataLength", "X-amz-Data-Length", "x-amz-Data-Length", Header, true, false, Kind::Integer);
    progress: Option<i32> = ("Progress", "X-amz-Progress", "x-amz-Progress", Header, false, false, Kind::Integer);
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "snapshotId", Uri, true, false, Kind::String);
});

crate::structure!(PutSnapshotBlockResponse {
    checksum: Option<String> = ("Checksum", "X-amz-Checksum", "x-amz-Checksum", Header, false, false, Kind::String);
    checksum_algorithm: Option<String> = ("ChecksumAlgorithm", "X-amz-Checksum-Algorithm", "x-amz-Checksum-Algorithm", Header, false, false, Kind::String);
});

crate::structure!(StartSnapshotRequest {
    client_token: Option<String> = ("ClientToken", "ClientToken", "ClientToken", Body, false, false, Kind::String);
    description: Option<String> = ("Description", "Description", "Description", Body, false, false, Kind::String);
    encrypted: Option<bool> = ("Encrypted", "Encrypted", "Encrypted", Body, false, false, Kind::Boolean);
    kms_key_arn: Option<String> = ("KmsKeyArn", "KmsKeyArn", "KmsKeyArn", Body, false, true, Kind::String);
    parent_snapshot_id: Option<String> = ("ParentSnapshotId", "ParentSnapshotId", "ParentSnapshotId", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
    timeout: Option<i32> = ("Timeout", "Timeout", "Timeout", Body, false, false, Kind::Integer);
    volume_size: Option<i64> = ("VolumeSize", "VolumeSize", "VolumeSize", Body, true, false, Kind::Long);
});

crate::structure!(StartSnapshotResponse {
    block_size: Option<i32> = ("BlockSize", "BlockSize", "BlockSize", Body, false, false, Kind::Integer);
    description: Option<String> = ("Description", "Description", "Description", Body, false, false, Kind::String);
    kms_key_arn: Option<String> = ("KmsKeyArn", "KmsKeyArn", "KmsKeyArn", Body, false, true, Kind::String);
    owner_id: Option<String> = ("OwnerId", "OwnerId", "OwnerId", Body, false, false, Kind::String);
    parent_snapshot_id: Option<String> = ("ParentSnapshotId", "ParentSnapshotId", "ParentSnapshotId", Body, false, false, Kind::String);
    snapshot_id: Option<String> = ("SnapshotId", "SnapshotId", "SnapshotId", Body, false, false, Kind::String);
    sse_type: Option<String> = ("SseType", "SseType", "SseType", Body, false, false, Kind::String);
    start_time: Option<Timestamp> = ("StartTime", "StartTime", "StartTime", Body, false, false, Kind::Timestamp);
    status: Option<String> = ("Status", "Status", "Status", Body, false, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: true }));
    volume_size: Option<i64> = ("VolumeSize", "VolumeSize", "VolumeSize", Body, false, false, Kind::Long);
});

crate::structure!(Tag {
    key: Option<String> = ("Key", "Key", "Key", Body, false, false, Kind::String);
    value: Option<String> = ("Value", "Value", "Value", Body, false, false, Kind::String);
});
