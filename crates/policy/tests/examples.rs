//! What AWS documents, as cases: its well-known kinds of policies, and the rules of evaluation.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use policy::{
    Context, Decision, Document, Kind, Layer, Named, Outcome, Policies, Principal, Request, decide,
};
use serde_json::{Value, json};
use std::sync::Arc;

const HERE: &str = "111122223333";
const THERE: &str = "444455556666";

fn user() -> Principal {
    Principal::User {
        account: HERE.into(),
        arn: "arn:aws:iam::111122223333:user/team/ann".into(),
        id: "AIDA1234567890123456".into(),
    }
}

fn session() -> Principal {
    Principal::Session {
        account: HERE.into(),
        arn: "arn:aws:sts::111122223333:assumed-role/deploy/run1".into(),
        role_arn: "arn:aws:iam::111122223333:role/deploy".into(),
        role_id: "AROA1234567890123456".into(),
    }
}

fn root(account: &str) -> Principal {
    Principal::Root {
        account: account.into(),
    }
}

fn named(value: &Value, kind: Kind) -> Named {
    let document = Document::parse(&value.to_string(), kind).unwrap();
    Named {
        name: "policy".into(),
        document: Arc::new(document),
    }
}

fn policy(statement: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statement })
}

fn anything() -> Value {
    policy(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }))
}

/// A question and all policies that bear on it.
struct Case {
    principal: Principal,
    action: &'static str,
    resource: &'static str,
    owner: &'static str,
    context: Context,
    identity: Vec<Value>,
    boundary: Option<Value>,
    session: Option<Value>,
    on_resource: Option<Value>,
    resource_must_allow: bool,
}

impl Case {
    fn new(principal: Principal, action: &'static str, resource: &'static str) -> Case {
        Case {
            principal,
            action,
            resource,
            owner: HERE,
            context: Context::new(),
            identity: Vec::new(),
            boundary: None,
            session: None,
            on_resource: None,
            resource_must_allow: false,
        }
    }

    fn identity(mut self, statement: Value) -> Case {
        self.identity.push(policy(statement));
        self
    }

    fn with(mut self, key: &str, value: &str) -> Case {
        self.context.set(key, value);
        self
    }

    fn decide(&self) -> Decision {
        let identity: Vec<Named> = self
            .identity
            .iter()
            .map(|one| named(one, Kind::Identity))
            .collect();
        let boundary = self
            .boundary
            .as_ref()
            .map(|one| [named(one, Kind::Identity)]);
        let session = self.session.as_ref().map(|one| [named(one, Kind::Session)]);
        let resource = self
            .on_resource
            .as_ref()
            .map(|one| named(one, Kind::Resource));
        decide(
            &Policies {
                identity: &identity,
                boundary: boundary.as_ref().map(|list| list.as_slice()),
                session: session.as_ref().map(|list| list.as_slice()),
                resource: resource.as_ref(),
                resource_must_allow: self.resource_must_allow,
            },
            &Request {
                principal: &self.principal,
                action: self.action,
                resource: self.resource,
                resource_owner: self.owner,
                context: &self.context,
            },
        )
    }

    fn allowed(&self) -> bool {
        self.decide().is_allowed()
    }
}

const IMAGE: &str = "arn:aws:ec2:eu-west-1:111122223333:image/ami-1";
const INSTANCE: &str = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k-1";

#[test]
fn nothing_is_allowed_by_default_and_the_root_of_an_account_needs_nothing() {
    let decision = Case::new(user(), "ec2:RunInstances", IMAGE).decide();
    assert_eq!(
        (decision.outcome, decision.by),
        (Outcome::ImplicitDeny, Some(Layer::Identity))
    );
    assert!(Case::new(root(HERE), "ec2:RunInstances", IMAGE).allowed());
    assert!(!Case::new(root(THERE), "ec2:RunInstances", IMAGE).allowed());
    assert!(!Case::new(Principal::Anonymous, "ec2:RunInstances", IMAGE).allowed());
}

#[test]
fn a_read_only_user_reads_only() {
    let case = |action| {
        Case::new(user(), action, "*")
            .identity(json!({ "Sid": "Look", "Effect": "Allow", "Action": ["ec2:Describe*", "ec2:Get*"], "Resource": "*" }))
            .decide()
    };
    let decision = case("ec2:DescribeImages");
    assert!(decision.is_allowed());
    assert_eq!(decision.statements[0].sid.as_deref(), Some("Look"));
    assert!(!case("ec2:TerminateInstances").is_allowed());
}

#[test]
fn an_explicit_deny_wins_and_is_named() {
    let decision = Case::new(user(), "ec2:TerminateInstances", INSTANCE)
        .identity(json!({ "Effect": "Allow", "Action": "ec2:*", "Resource": "*" }))
        .identity(json!([
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Sid": "NeverThis", "Effect": "Deny", "Action": "ec2:terminate*", "Resource": "*" }
        ]))
        .decide();
    assert_eq!(
        (decision.outcome, decision.by),
        (Outcome::ExplicitDeny, Some(Layer::Identity))
    );
    assert_eq!(decision.statements.len(), 1);
    assert_eq!(
        (
            decision.statements[0].sid.as_deref(),
            decision.statements[0].index
        ),
        (Some("NeverThis"), 1)
    );
}

#[test]
fn instances_are_handled_by_the_owner_in_their_tag() {
    let statement = json!({
        "Effect": "Allow",
        "Action": ["ec2:StartInstances", "ec2:StopInstances"],
        "Resource": "arn:aws:ec2:*:*:instance/*",
        "Condition": { "StringEquals": { "aws:ResourceTag/Owner": "${aws:username}" } }
    });
    let case = Case::new(user(), "ec2:StopInstances", INSTANCE)
        .identity(statement)
        .with("aws:username", "ann");
    assert!(!case.allowed());
    assert_eq!(case.decide().missing_context, ["aws:ResourceTag/Owner"]);
    let case = case.with("aws:resourcetag/OWNER", "ann");
    assert!(case.allowed());
    assert!(!case.with("aws:ResourceTag/Owner", "bob").allowed());
}

#[test]
fn everything_outside_of_some_regions_is_denied_but_global_services() {
    let case = |action, region| {
        Case::new(user(), action, "*")
            .identity(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }))
            .identity(json!({
                "Effect": "Deny",
                "NotAction": ["iam:*", "sts:*"],
                "Resource": "*",
                "Condition": { "StringNotEquals": { "aws:RequestedRegion": ["eu-central-1", "eu-west-1"] } }
            }))
            .with("aws:RequestedRegion", region)
            .allowed()
    };
    assert!(case("ec2:RunInstances", "eu-west-1"));
    assert!(!case("ec2:RunInstances", "us-east-1"));
    assert!(case("iam:ListUsers", "us-east-1"));
}

#[test]
fn without_a_second_factor_all_but_setting_it_up_is_denied() {
    let case = Case::new(user(), "ec2:RunInstances", "*")
        .identity(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }))
        .identity(json!({
            "Effect": "Deny",
            "NotAction": "iam:EnableMFADevice",
            "Resource": "*",
            "Condition": { "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } }
        }));
    assert!(!case.allowed());
    assert!(!case.with("aws:MultiFactorAuthPresent", "false").allowed());
    let case = Case::new(user(), "ec2:RunInstances", "*")
        .identity(
            json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {
            "Bool": { "aws:MultiFactorAuthPresent": true },
            "NumericLessThan": { "aws:MultiFactorAuthAge": 3600 }
        } }),
        )
        .with("aws:MultiFactorAuthPresent", "true");
    assert!(!case.allowed());
    assert!(case.with("aws:MultiFactorAuthAge", "120").allowed());
}

#[test]
fn dates_and_addresses_limit_when_and_from_where() {
    let case = |now: &str, address: &str| {
        Case::new(user(), "ec2:DescribeImages", "*")
            .identity(
                json!({ "Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": {
                "DateGreaterThan": { "aws:CurrentTime": "2020-04-01T00:00:00Z" },
                "DateLessThan": { "aws:CurrentTime": "2020-06-30T23:59:59Z" },
                "IpAddress": { "aws:SourceIp": ["192.0.2.0/24", "2001:db8:1234::/48"] }
            } }),
            )
            .with("aws:CurrentTime", now)
            .with("aws:SourceIp", address)
            .allowed()
    };
    assert!(case("2020-05-01T10:00:00Z", "192.0.2.77"));
    assert!(case("1588327200", "2001:db8:1234:5::1"));
    assert!(!case("2020-07-01T10:00:00Z", "192.0.2.77"));
    assert!(!case("2020-05-01T10:00:00Z", "192.0.3.1"));
}

#[test]
fn only_listed_tags_may_be_given_at_creation() {
    let case = |keys: &[&str]| {
        let mut case = Case::new(user(), "ec2:CreateTags", IMAGE).identity(json!({
            "Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*",
            "Condition": {
                "ForAllValues:StringEquals": { "aws:TagKeys": ["environment", "cost-center"] },
                "Null": { "aws:TagKeys": "false" },
                "StringEquals": { "ec2:CreateAction": ["RunInstances", "CreateImage"] }
            }
        }));
        case.context.set_many("aws:TagKeys", keys.iter().copied());
        case.with("ec2:CreateAction", "CreateImage").allowed()
    };
    assert!(case(&["environment"]));
    assert!(case(&["environment", "cost-center"]));
    assert!(!case(&["environment", "Owner"]));
    assert!(!case(&[]));
}

#[test]
fn for_any_value_finds_one_among_many() {
    let mut case = Case::new(user(), "ec2:RunInstances", IMAGE).identity(json!({
        "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-1/r-1/ou-1/*" } }
    }));
    assert!(!case.allowed());
    case.context
        .set_many("aws:PrincipalOrgPaths", ["o-2/r/", "o-1/r-1/ou-1/ou-2/"]);
    assert!(case.allowed());
}

#[test]
fn an_image_must_be_owned_by_whom_the_policy_trusts() {
    let case = |owner| {
        Case::new(
            user(),
            "ec2:RunInstances",
            "arn:aws:ec2:eu-west-1::image/ami-1",
        )
        .identity(json!({ "Effect": "Allow", "Action": "ec2:RunInstances",
                "Resource": "arn:aws:ec2:eu-west-1::image/ami-*",
                "Condition": { "StringEquals": { "ec2:Owner": "amazon" } } }))
        .with("ec2:Owner", owner)
        .allowed()
    };
    assert!(case("amazon"));
    assert!(!case(THERE));
}

#[test]
fn variables_are_of_the_newer_version_only_and_never_wildcards() {
    let statement = json!({ "Effect": "Allow", "Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:image/${aws:username}" });
    let ask = |version: &str, resource, user_name| {
        let mut case = Case::new(user(), "ec2:CopyImage", resource).with("aws:username", user_name);
        case.identity
            .push(json!({ "Version": version, "Statement": statement }));
        case.allowed()
    };
    assert!(ask("2012-10-17", "arn:aws:ec2:eu:1:image/ann", "ann"));
    assert!(!ask("2012-10-17", "arn:aws:ec2:eu:1:image/ann", "*"));
    assert!(!ask("2008-10-17", "arn:aws:ec2:eu:1:image/ann", "ann"));
    assert!(ask(
        "2008-10-17",
        "arn:aws:ec2:eu:1:image/${aws:username}",
        "ann"
    ));
}

#[test]
fn a_variable_without_a_value_never_widens() {
    let case = |effect| {
        Case::new(user(), "ec2:CopyImage", IMAGE)
            .identity(json!({ "Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*" }))
            .identity(json!({ "Effect": effect, "Action": "*", "NotResource": "arn:aws:ec2:*:*:image/${aws:PrincipalTag/team}" }))
            .decide()
            .outcome
    };
    assert_eq!(case("Allow"), Outcome::ImplicitDeny);
    assert_eq!(case("Deny"), Outcome::ExplicitDeny);
}

#[test]
fn a_boundary_limits_identity_policies_and_gives_nothing() {
    let mut case = Case::new(user(), "ec2:RunInstances", IMAGE);
    case.boundary = Some(anything());
    assert_eq!(case.decide().by, Some(Layer::Identity));
    let mut case = case.identity(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
    assert!(case.allowed());
    case.boundary = Some(policy(
        json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }),
    ));
    assert_eq!(
        (case.decide().outcome, case.decide().by),
        (Outcome::ImplicitDeny, Some(Layer::Boundary))
    );
}

#[test]
fn a_session_policy_limits_the_session() {
    let mut case = Case::new(session(), "ec2:RunInstances", IMAGE)
        .identity(json!({ "Effect": "Allow", "Action": "ec2:*", "Resource": "*" }));
    case.session = Some(policy(
        json!({ "Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*" }),
    ));
    assert_eq!(case.decide().by, Some(Layer::Session));
    case.action = "ec2:DescribeImages";
    assert!(case.allowed());
}

fn on_key(principal: Value) -> Value {
    policy(json!({ "Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*" }))
}

#[test]
fn a_resource_policy_that_names_the_caller_is_enough_within_the_account() {
    let nothing = || {
        Some(policy(
            json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" }),
        ))
    };
    for (principal, names, past_the_boundary) in [
        (
            user(),
            json!({ "AWS": "arn:aws:iam::111122223333:user/team/ann" }),
            true,
        ),
        (user(), json!({ "AWS": "AIDA1234567890123456" }), true),
        (user(), json!("*"), false),
        (
            session(),
            json!({ "AWS": "arn:aws:sts::111122223333:assumed-role/deploy/run1" }),
            true,
        ),
        (
            session(),
            json!({ "AWS": "arn:aws:iam::111122223333:role/deploy" }),
            false,
        ),
        (session(), json!({ "AWS": "AROA1234567890123456" }), false),
    ] {
        let mut case = Case::new(principal, "kms:Decrypt", KEY);
        case.on_resource = Some(on_key(names.clone()));
        assert!(case.allowed(), "{names}");
        case.boundary = nothing();
        assert_eq!(
            case.allowed(),
            past_the_boundary,
            "{names}, with a boundary"
        );
        case.boundary = None;
        case.session = nothing();
        assert_eq!(
            case.allowed(),
            past_the_boundary,
            "{names}, with a session policy"
        );
    }
}

#[test]
fn a_resource_policy_that_names_the_account_leaves_the_decision_to_it() {
    for names in [
        json!({ "AWS": "111122223333" }),
        json!({ "AWS": ["arn:aws:iam::111122223333:root"] }),
    ] {
        for resource_must_allow in [false, true] {
            let mut case = Case::new(user(), "kms:Decrypt", KEY);
            case.resource_must_allow = resource_must_allow;
            case.on_resource = Some(on_key(names.clone()));
            assert_eq!(case.decide().by, Some(Layer::Identity));
            assert!(
                case.identity(
                    json!({ "Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY })
                )
                .allowed()
            );
        }
    }
}

#[test]
fn a_key_that_does_not_name_the_account_is_closed_even_to_its_root() {
    let mut case = Case::new(root(HERE), "kms:Decrypt", KEY);
    case.resource_must_allow = true;
    case.on_resource = Some(on_key(
        json!({ "AWS": "arn:aws:iam::111122223333:user/team/ann" }),
    ));
    assert_eq!(case.decide().by, Some(Layer::Resource));
    case.principal = user();
    assert!(case.allowed());
    case.on_resource = None;
    case.identity.push(anything());
    assert!(!case.allowed());
}

#[test]
fn across_accounts_both_sides_must_allow() {
    let ask = |identity: bool, resource: Option<Value>| {
        let mut case = Case::new(
            user(),
            "kms:Decrypt",
            "arn:aws:kms:eu-west-1:444455556666:key/k-2",
        );
        case.owner = THERE;
        case.on_resource = resource;
        if identity {
            case.identity.push(anything());
        }
        case.allowed()
    };
    let account = || Some(on_key(json!({ "AWS": "111122223333" })));
    let direct = || {
        Some(on_key(
            json!({ "AWS": "arn:aws:iam::111122223333:user/team/ann" }),
        ))
    };
    let other = || Some(on_key(json!({ "AWS": "777788889999" })));
    assert!(ask(true, account()));
    assert!(ask(true, direct()));
    assert!(!ask(true, other()));
    assert!(!ask(true, None));
    assert!(!ask(false, account()));
    assert!(!ask(false, direct()));
}

#[test]
fn not_principal_spares_only_those_whose_account_is_listed_too() {
    let ask = |principal: Principal, spared: Value| {
        let mut case = Case::new(principal, "kms:Decrypt", KEY)
            .identity(json!({ "Effect": "Allow", "Action": "*", "Resource": "*" }));
        case.on_resource = Some(policy(json!({
            "Effect": "Deny", "NotPrincipal": { "AWS": spared }, "Action": "*", "Resource": "*"
        })));
        case.allowed()
    };
    let account = "arn:aws:iam::111122223333:root";
    let ann = "arn:aws:iam::111122223333:user/team/ann";
    assert!(ask(user(), json!([account, ann])));
    assert!(!ask(user(), json!([ann])));
    assert!(!ask(user(), json!([account])));
    let role = "arn:aws:iam::111122223333:role/deploy";
    let run = "arn:aws:sts::111122223333:assumed-role/deploy/run1";
    assert!(ask(session(), json!([account, role, run])));
    assert!(!ask(session(), json!([account, role])));
    assert!(ask(root(HERE), json!(account)));
}

#[test]
fn the_deny_of_a_resource_policy_holds_for_the_root_of_its_account() {
    let mut case = Case::new(root(HERE), "kms:Decrypt", KEY);
    case.on_resource = Some(policy(
        json!({ "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*" }),
    ));
    assert_eq!(
        (case.decide().outcome, case.decide().by),
        (Outcome::ExplicitDeny, Some(Layer::Resource))
    );
}

#[test]
fn a_role_is_assumed_by_whom_its_trust_policy_names() {
    let trust = |principal: Value| {
        let text = policy(
            json!({ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "sts:ExternalId": "unique" } } }),
        );
        named(&text, Kind::Trust)
    };
    let ask = |principal: &Principal, trust: &Named, external: &str| {
        let mut context = Context::new();
        context.set("sts:ExternalId", external);
        let policies = Policies {
            resource: Some(trust),
            resource_must_allow: true,
            ..Policies::default()
        };
        let request = Request {
            principal,
            action: "sts:AssumeRole",
            resource: "arn:aws:iam::111122223333:role/deploy",
            resource_owner: HERE,
            context: &context,
        };
        decide(&policies, &request).is_allowed()
    };
    let service = Principal::Service {
        name: "ec2.amazonaws.com".into(),
    };
    assert!(ask(
        &service,
        &trust(json!({ "Service": "ec2.amazonaws.com" })),
        "unique"
    ));
    assert!(!ask(
        &service,
        &trust(json!({ "Service": "lambda.amazonaws.com" })),
        "unique"
    ));
    assert!(ask(
        &user(),
        &trust(json!({ "AWS": "arn:aws:iam::111122223333:user/team/ann" })),
        "unique"
    ));
    assert!(!ask(
        &user(),
        &trust(json!({ "AWS": "arn:aws:iam::111122223333:user/team/ann" })),
        "guessed"
    ));
    assert!(!ask(&user(), &trust(json!({ "AWS": HERE })), "unique"));
    assert!(ask(&root(HERE), &trust(json!({ "AWS": HERE })), "unique"));
}

#[test]
fn a_key_is_used_only_through_the_service_that_the_policy_names() {
    let mut case = Case::new(user(), "kms:CreateGrant", KEY);
    case.resource_must_allow = true;
    case.on_resource = Some(
        json!({ "Version": "2012-10-17", "Id": "key-default-1", "Statement": [{
        "Sid": "Allow access through EBS for all principals in the account that may use EBS",
        "Effect": "Allow", "Principal": { "AWS": "*" },
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": { "StringEquals": { "kms:ViaService": "ec2.eu-west-1.amazonaws.com", "kms:CallerAccount": HERE } }
    }] }),
    );
    assert!(!case.allowed());
    let case = case.with("kms:CallerAccount", HERE);
    assert!(!case.allowed());
    assert!(
        case.with("kms:ViaService", "ec2.eu-west-1.amazonaws.com")
            .allowed()
    );
}

#[test]
fn what_the_grammar_does_not_know_is_refused_with_a_sentence() {
    let allow = |more: &str| {
        format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"ec2:*","Resource":"*"{more}}}]}}"#)
    };
    for (text, kind, expected) in [
        ("{", Kind::Identity, "invalid Json"),
        ("[]", Kind::Identity, "must be an object"),
        (
            r#"{"Version":"2012-10-17"}"#,
            Kind::Identity,
            "Missing required field Statement",
        ),
        (
            r#"{"Version":"2012-10-18","Statement":[]}"#,
            Kind::Identity,
            "version 2012-10-18",
        ),
        (r#"{"Statement":[]}"#, Kind::Identity, "must not be empty"),
        (
            r#"{"Statement":[],"Statement":[]}"#,
            Kind::Identity,
            "given twice",
        ),
        (
            r#"{"Statement":[],"Extra":1}"#,
            Kind::Identity,
            "Unknown field Extra",
        ),
        (
            &allow(r#","Principle":"*""#),
            Kind::Identity,
            "Unknown field Principle",
        ),
        (
            &allow(r#","Principal":"*""#),
            Kind::Identity,
            "should not specify a principal",
        ),
        (
            &allow(""),
            Kind::Resource,
            "Missing required field Principal",
        ),
        (
            &allow(r#","Principal":"*""#),
            Kind::Trust,
            "may only specify STS",
        ),
        (&allow(r#","NotAction":"*""#), Kind::Identity, "not both"),
        (
            &allow(r#","NotPrincipal":"*""#),
            Kind::Resource,
            "Allow with NotPrincipal",
        ),
        (
            &allow(r#","Principal":{"AWS":"arn:aws:iam::111122223333:user/*"}"#),
            Kind::Resource,
            "Invalid principal",
        ),
        (
            &allow(r#","Principal":{"AWS":[]}"#),
            Kind::Resource,
            "Invalid principal",
        ),
        (
            &allow(r#","Principal":{"Everyone":"*"}"#),
            Kind::Resource,
            "Invalid principal",
        ),
        (&allow(r#","Sid":"a b""#), Kind::Identity, "alpha-numeric"),
        (
            &allow(r#","Condition":{"StringEqual":{"a:b":"c"}}"#),
            Kind::Identity,
            "Invalid Condition type : StringEqual.",
        ),
        (
            &allow(r#","Condition":{"NullIfExists":{"a:b":"true"}}"#),
            Kind::Identity,
            "Invalid Condition type",
        ),
        (
            &allow(r#","Condition":{"StringEquals":{"ab":"c"}}"#),
            Kind::Identity,
            "prefaced by a vendor",
        ),
        (
            &allow(r#","Condition":{"StringEquals":{"a:b":"c","A:B":"d"}}"#),
            Kind::Identity,
            "given twice",
        ),
        (
            &allow(r#","Condition":{"StringEquals":{"a:b":{"c":1}}}"#),
            Kind::Identity,
            "must be strings",
        ),
        (
            &allow(r#","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/33"}}"#),
            Kind::Identity,
            "10.0.0.0/33",
        ),
        (
            &allow(r#","Condition":{"NumericEquals":{"a:b":"x"}}"#),
            Kind::Identity,
            "Invalid condition value: x",
        ),
        (
            r#"{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}"#,
            Kind::Identity,
            "Invalid effect: allow",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#,
            Kind::Identity,
            "must contain actions",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*"}}"#,
            Kind::Identity,
            "must contain resources",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"Describe","Resource":"*"}}"#,
            Kind::Identity,
            "prefaced by a vendor",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"e*:x","Resource":"*"}}"#,
            Kind::Identity,
            "Vendor e* is not valid",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"ami-1"}}"#,
            Kind::Identity,
            "ARN format",
        ),
        (
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:${x"}}"#,
            Kind::Identity,
            "not closed",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}}"#,
            Kind::Trust,
            "prohibited field Resource",
        ),
        (
            r#"{"Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"}]}"#,
            Kind::Identity,
            "must be unique",
        ),
    ] {
        let problem = Document::parse(text, kind).unwrap_err();
        assert!(problem.message.contains(expected), "{text}: {problem}");
    }
}

#[test]
fn documents_are_bounded_in_size_and_depth() {
    let long = |length: usize| {
        policy(json!({ "Effect": "Allow", "Action": "*", "Resource": format!("arn:{}", "x".repeat(length)) })).to_string()
    };
    assert!(Document::parse(&long(1000), Kind::Session).is_ok());
    assert!(
        Document::parse(&long(2048), Kind::Session)
            .unwrap_err()
            .message
            .contains("PolicySize: 2048")
    );
    assert!(Document::parse(&long(2048), Kind::Identity).is_ok());
    assert!(Document::parse(&long(40_000), Kind::Resource).is_err());
    assert!(Document::parse(&"[".repeat(9_000), Kind::Identity).is_err());
    let spaced = anything().to_string().replace(':', ":   ");
    assert_eq!(
        Document::parse(&spaced, Kind::Identity).unwrap().size(),
        anything().to_string().len()
    );
}
