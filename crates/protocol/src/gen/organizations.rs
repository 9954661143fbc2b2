//! Written by `cargo xtask gen` from botocore 1.43.11's service models: do not edit.

#![allow(unused_imports, reason = "not every service has every kind")]

use crate::call::{Model, Protocol, Service, Unit};
use crate::shape::{Kind, List, Map, Structure, Timestamp};
use bytes::Bytes;
use std::collections::BTreeMap;

/// What the model says of the whole service.
pub static MODEL: Model = Model {
    name: "organizations",
    protocol: Protocol::Json,
    version: "2016-11-28",
    namespace: "",
    target: "AWSOrganizationsV20161128",
    content_type: "application/x-amz-json-1.1",
};

crate::operation!(CreateOrganizationalUnit: CreateOrganizationalUnitRequest => CreateOrganizationalUnitResponse, Service::Organizations, "POST" "/" 200, ["ParentId", "Name"]);

crate::operation!(DeleteOrganizationalUnit: DeleteOrganizationalUnitRequest => Unit, Service::Organizations, "POST" "/" 200, ["OrganizationalUnitId"]);

crate::operation!(DescribeAccount: DescribeAccountRequest => DescribeAccountResponse, Service::Organizations, "POST" "/" 200, ["AccountId"]);

crate::operation!(DescribeOrganization: Unit => DescribeOrganizationResponse, Service::Organizations, "POST" "/" 200, []);

crate::operation!(DescribeOrganizationalUnit: DescribeOrganizationalUnitRequest => DescribeOrganizationalUnitResponse, Service::Organizations, "POST" "/" 200, ["OrganizationalUnitId"]);

crate::operation!(ListAccounts: ListAccountsRequest => ListAccountsResponse, Service::Organizations, "POST" "/" 200, ["NextToken", "MaxResults"]);

crate::operation!(ListAccountsForParent: ListAccountsForParentRequest => ListAccountsForParentResponse, Service::Organizations, "POST" "/" 200, ["ParentId", "NextToken", "MaxResults"]);

crate::operation!(ListChildren: ListChildrenRequest => ListChildrenResponse, Service::Organizations, "POST" "/" 200, ["ParentId", "ChildType", "NextToken", "MaxResults"]);

crate::operation!(ListOrganizationalUnitsForParent: ListOrganizationalUnitsForParentRequest => ListOrganizationalUnitsForParentResponse, Service::Organizations, "POST" "/" 200, ["ParentId", "NextToken", "MaxResults"]);

crate::operation!(ListParents: ListParentsRequest => ListParentsResponse, Service::Organizations, "POST" "/" 200, ["ChildId", "NextToken", "MaxResults"]);

crate::operation!(ListRoots: ListRootsRequest => ListRootsResponse, Service::Organizations, "POST" "/" 200, ["NextToken", "MaxResults"]);

crate::operation!(MoveAccount: MoveAccountRequest => Unit, Service::Organizations, "POST" "/" 200, ["AccountId", "SourceParentId", "DestinationParentId"]);

crate::operation!(UpdateOrganizationalUnit: UpdateOrganizationalUnitRequest => UpdateOrganizationalUnitResponse, Service::Organizations, "POST" "/" 200, ["OrganizationalUnitId", "Name"]);

crate::structure!(Account {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, false, false, Kind::String);
    email: Option<String> = ("Email", "Email", "Email", Body, false, true, Kind::String);
    id: Option<String> = ("Id", "Id", "Id", Body, false, false, Kind::String);
    joined_method: Option<String> = ("JoinedMethod", "JoinedMethod", "JoinedMethod", Body, false, false, Kind::String);
    joined_timestamp: Option<Timestamp> = ("JoinedTimestamp", "JoinedTimestamp", "JoinedTimestamp", Body, false, false, Kind::Timestamp);
    name: Option<String> = ("Name", "Name", "Name", Body, false, true, Kind::String);
    paths: Vec<String> = ("Paths", "Paths", "Paths", Body, false, false, Kind::List(&List { item: Kind::String, name: "member", flat: false, quiet: true }));
    state: Option<String> = ("State", "State", "State", Body, false, false, Kind::String);
    status: Option<String> = ("Status", "Status", "Status", Body, false, false, Kind::String);
});

crate::structure!(Child {
    id: Option<String> = ("Id", "Id", "Id", Body, false, false, Kind::String);
    r#type: Option<String> = ("Type", "Type", "Type", Body, false, false, Kind::String);
});

crate::structure!(CreateOrganizationalUnitRequest {
    name: Option<String> = ("Name", "Name", "Name", Body, true, false, Kind::String);
    parent_id: Option<String> = ("ParentId", "ParentId", "ParentId", Body, true, false, Kind::String);
    tags: Vec<Tag> = ("Tags", "Tags", "Tags", Body, false, false, Kind::List(&List { item: Kind::Structure(Tag::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(CreateOrganizationalUnitResponse {
    organizational_unit: Option<OrganizationalUnit> = ("OrganizationalUnit", "OrganizationalUnit", "OrganizationalUnit", Body, false, false, Kind::Structure(OrganizationalUnit::shape));
});

crate::structure!(DeleteOrganizationalUnitRequest {
    organizational_unit_id: Option<String> = ("OrganizationalUnitId", "OrganizationalUnitId", "OrganizationalUnitId", Body, true, false, Kind::String);
});

crate::structure!(DescribeAccountRequest {
    account_id: Option<String> = ("AccountId", "AccountId", "AccountId", Body, true, false, Kind::String);
});

crate::structure!(DescribeAccountResponse {
    account: Option<Account> = ("Account", "Account", "Account", Body, false, false, Kind::Structure(Account::shape));
});

crate::structure!(DescribeOrganizationResponse {
    organization: Option<Organization> = ("Organization", "Organization", "Organization", Body, false, false, Kind::Structure(Organization::shape));
});

crate::structure!(DescribeOrganizationalUnitRequest {
    organizational_unit_id: Option<String> = ("OrganizationalUnitId", "OrganizationalUnitId", "OrganizationalUnitId", Body, true, false, Kind::String);
});

crate::structure!(DescribeOrganizationalUnitResponse {
    organizational_unit: Option<OrganizationalUnit> = ("OrganizationalUnit", "OrganizationalUnit", "OrganizationalUnit", Body, false, false, Kind::Structure(OrganizationalUnit::shape));
});

crate::structure!(ListAccountsForParentRequest {
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
    parent_id: Option<String> = ("ParentId", "ParentId", "ParentId", Body, true, false, Kind::String);
});

crate::structure!(ListAccountsForParentResponse {
    accounts: Vec<Account> = ("Accounts", "Accounts", "Accounts", Body, false, false, Kind::List(&List { item: Kind::Structure(Account::shape), name: "member", flat: false, quiet: false }));
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
});

crate::structure!(ListAccountsRequest {
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
});

crate::structure!(ListAccountsResponse {
    accounts: Vec<Account> = ("Accounts", "Accounts", "Accounts", Body, false, false, Kind::List(&List { item: Kind::Structure(Account::shape), name: "member", flat: false, quiet: false }));
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
});

crate::structure!(ListChildrenRequest {
    child_type: Option<String> = ("ChildType", "ChildType", "ChildType", Body, true, false, Kind::String);
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
    parent_id: Option<String> = ("ParentId", "ParentId", "ParentId", Body, true, false, Kind::String);
});

crate::structure!(ListChildrenResponse {
    children: Vec<Child> = ("Children", "Children", "Children", Body, false, false, Kind::List(&List { item: Kind::Structure(Child::shape), name: "member", flat: false, quiet: false }));
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
});

crate::structure!(ListOrganizationalUnitsForParentRequest {
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
    parent_id: Option<String> = ("ParentId", "ParentId", "ParentId", Body, true, false, Kind::String);
});

crate::structure!(ListOrganizationalUnitsForParentResponse {
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
    organizational_units: Vec<OrganizationalUnit> = ("OrganizationalUnits", "OrganizationalUnits", "OrganizationalUnits", Body, false, false, Kind::List(&List { item: Kind::Structure(OrganizationalUnit::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(ListParentsRequest {
    child_id: Option<String> = ("ChildId", "ChildId", "ChildId", Body, true, false, Kind::String);
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
});

crate::structure!(ListParentsResponse {
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
    parents: Vec<Parent> = ("Parents", "Parents", "Parents", Body, false, false, Kind::List(&List { item: Kind::Structure(Parent::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(ListRootsRequest {
    max_results: Option<i32> = ("MaxResults", "MaxResults", "MaxResults", Body, false, false, Kind::Integer);
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
});

crate::structure!(ListRootsResponse {
    next_token: Option<String> = ("NextToken", "NextToken", "NextToken", Body, false, false, Kind::String);
    roots: Vec<Root> = ("Roots", "Roots", "Roots", Body, false, false, Kind::List(&List { item: Kind::Structure(Root::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(MoveAccountRequest {
    account_id: Option<String> = ("AccountId", "AccountId", "AccountId", Body, true, false, Kind::String);
    destination_parent_id: Option<String> = ("DestinationParentId", "DestinationParentId", "DestinationParentId", Body, true, false, Kind::String);
    source_parent_id: Option<String> = ("SourceParentId", "SourceParentId", "SourceParentId", Body, true, false, Kind::String);
});

crate::structure!(Organization {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, false, false, Kind::String);
    available_policy_types: Vec<PolicyTypeSummary> = ("AvailablePolicyTypes", "AvailablePolicyTypes", "AvailablePolicyTypes", Body, false, false, Kind::List(&List { item: Kind::Structure(PolicyTypeSummary::shape), name: "member", flat: false, quiet: false }));
    feature_set: Option<String> = ("FeatureSet", "FeatureSet", "FeatureSet", Body, false, false, Kind::String);
    id: Option<String> = ("Id", "Id", "Id", Body, false, false, Kind::String);
    master_account_arn: Option<String> = ("MasterAccountArn", "MasterAccountArn", "MasterAccountArn", Body, false, false, Kind::String);
    master_account_email: Option<String> = ("MasterAccountEmail", "MasterAccountEmail", "MasterAccountEmail", Body, false, true, Kind::String);
    master_account_id: Option<String> = ("MasterAccountId", "MasterAccountId", "MasterAccountId", Body, false, false, Kind::String);
});

crate::structure!(OrganizationalUnit {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, false, false, Kind::String);
    id: Option<String> = ("Id", "Id", "Id", Body, false, false, Kind::String);
    name: Option<String> = ("Name", "Name", "Name", Body, false, false, Kind::String);
    path: Option<String> = ("Path", "Path", "Path", Body, false, false, Kind::String);
});

crate::structure!(Parent {
    id: Option<String> = ("Id", "Id", "Id", Body, false, false, Kind::String);
    r#type: Option<String> = ("Type", "Type", "Type", Body, false, false, Kind::String);
});

crate::structure!(PolicyTypeSummary {
    status: Option<String> = ("Status", "Status", "Status", Body, false, false, Kind::String);
    r#type: Option<String> = ("Type", "Type", "Type", Body, false, false, Kind::String);
});

crate::structure!(Root {
    arn: Option<String> = ("Arn", "Arn", "Arn", Body, false, false, Kind::String);
    id: Option<String> = ("Id", "Id", "Id", Body, false, false, Kind::String);
    name: Option<String> = ("Name", "Name", "Name", Body, false, false, Kind::String);
    policy_types: Vec<PolicyTypeSummary> = ("PolicyTypes", "PolicyTypes", "PolicyTypes", Body, false, false, Kind::List(&List { item: Kind::Structure(PolicyTypeSummary::shape), name: "member", flat: false, quiet: false }));
});

crate::structure!(Tag {
    key: Option<String> = ("Key", "Key", "Key", Body, true, false, Kind::String);
    value: Option<String> = ("Value", "Value", "Value", Body, true, false, Kind::String);
});

crate::structure!(UpdateOrganizationalUnitRequest {
    name: Option<String> = ("Name", "Name", "Name", Body, false, false, Kind::String);
    organizational_unit_id: Option<String> = ("OrganizationalUnitId", "OrganizationalUnitId", "OrganizationalUnitId", Body, true, false, Kind::String);
});

crate::structure!(UpdateOrganizationalUnitResponse {
    organizational_unit: Option<OrganizationalUnit> = ("OrganizationalUnit", "OrganizationalUnit", "OrganizationalUnit", Body, false, false, Kind::Structure(OrganizationalUnit::shape));
});
