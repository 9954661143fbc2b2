//! Random policies and requests, small enough that they often meet: the verdict is that of an
//! evaluator which was written apart and does everything the slow way.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod reference;

use policy::{Context, Document, Kind, Named, Outcome, Policies, Principal, Request, decide};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use reference::{Ask, Keys, World, verdict};
use serde_json::{Map, Value, json};
use std::sync::Arc;

const A: &str = "111111111111";
const B: &str = "222222222222";
const USER: &str = "arn:aws:iam::111111111111:user/ann";
const ROLE: &str = "arn:aws:iam::111111111111:role/ops/deploy";
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/deploy/one";

const ACTIONS: &[&str] = &[
    "ec2:RunInstances",
    "ec2:CopyImage",
    "kms:Decrypt",
    "sts:AssumeRole",
];
const ACTION_PATTERNS: &[&str] = &[
    "*",
    "ec2:*",
    "EC2:run*",
    "ec2:Copy?mage",
    "kms:Decrypt",
    "ec2:*I*e*",
    "s3:*",
];
const RESOURCES: &[&str] = &[
    "arn:aws:ec2:eu-west-1:111111111111:image/ami-1",
    "arn:aws:ec2:us-east-1::image/ann",
    "arn:aws:kms:us-east-1:222222222222:key/a:b",
    "*",
];
const RESOURCE_PATTERNS: &[&str] = &[
    "*",
    "arn:aws:ec2:*:111111111111:image/*",
    "arn:aws:ec2:*-?:*:image/ami-?",
    "arn:aws:ec2:*",
    "arn:aws:ec2:u*t-1::image/${aws:username}",
    "arn:aws:ec2:us-east-1::image/${aws:username, 'ann'}",
    "arn:aws:kms:us-east-1:222222222222:key/*b",
    "arn:aws:k*s:us*:key/a:?",
    "arn:aws:ec2:eu-west-1:111111111111:image/${*}",
];
const KEYS: &[&str] = &[
    "aws:username",
    "aws:SourceIp",
    "aws:PrincipalTag/Team",
    "aws:TagKeys",
    "ec2:When",
];
const VALUES: &[&str] = &[
    "",
    "ann",
    "Ann",
    "a*",
    "red",
    "3",
    "-20",
    "1582977600",
    "2020-02-29T12:00:00Z",
    "true",
    "False",
    "10.0.0.9",
    "2001:db8::1",
    "YW5u",
    "arn:aws:ec2:eu:1:image/a:b",
    "${aws:username}",
];

fn names() -> impl Strategy<Value = Value> {
    let aws = vec(
        select(vec![
            "*",
            A,
            "arn:aws:iam::111111111111:root",
            "arn:aws:iam::222222222222:root",
            USER,
            ROLE,
            SESSION,
        ]),
        1..4,
    );
    prop_oneof![
        1 => Just(json!("*")),
        6 => (aws, any::<bool>()).prop_map(|(aws, service)| {
            let mut names = json!({ "AWS": aws });
            if service {
                names["Service"] = json!("ec2.amazonaws.com");
            }
            names
        }),
    ]
}

fn one_condition() -> impl Strategy<Value = (String, Value)> {
    let texts = select(vec![
        "ann",
        "*a*",
        "A?n",
        "${aws:username}",
        "${aws:PrincipalTag/Team, 'red'}",
        "red",
        "a${*}",
        "",
    ]);
    let arns = select(vec![
        "arn:aws:ec2:*:*:*",
        "arn:aws:ec2:eu:1:image/*",
        "arn:aws:*:image/a:b",
        "arn:aws:ec2:eu:?:image/${aws:username}",
    ]);
    let numbers = select(vec!["3", "-20", "100"]);
    let dates = select(vec![
        "1970-01-01T00:00:00Z",
        "2020-02-29T14:00:00+02:00",
        "2021-01-01",
        "1582977600",
    ]);
    let networks = select(vec![
        "10.0.0.0/8",
        "10.0.0.8/31",
        "2001:db8::/32",
        "0.0.0.0/0",
        "10.0.0.9",
    ]);
    let orders = || {
        select(vec![
            "Equals",
            "NotEquals",
            "LessThan",
            "LessThanEquals",
            "GreaterThan",
            "GreaterThanEquals",
        ])
    };
    let boxed = |family: BoxedStrategy<(String, Vec<&'static str>)>| family;
    let family = prop_oneof![
        boxed(
            (
                select(vec![
                    "StringEquals",
                    "StringNotEquals",
                    "StringEqualsIgnoreCase",
                    "StringNotEqualsIgnoreCase",
                    "StringLike",
                    "StringNotLike"
                ])
                .prop_map(str::to_owned),
                vec(texts, 1..3)
            )
                .boxed()
        ),
        boxed(
            (
                select(vec!["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"])
                    .prop_map(str::to_owned),
                vec(arns, 1..3)
            )
                .boxed()
        ),
        boxed(
            (
                orders().prop_map(|order| format!("Numeric{order}")),
                vec(numbers, 1..3)
            )
                .boxed()
        ),
        boxed(
            (
                orders().prop_map(|order| format!("Date{order}")),
                vec(dates, 1..3)
            )
                .boxed()
        ),
        boxed(
            (
                select(vec!["IpAddress", "NotIpAddress"]).prop_map(str::to_owned),
                vec(networks, 1..3)
            )
                .boxed()
        ),
        boxed(
            (
                Just("Bool".to_owned()),
                vec(select(vec!["true", "false"]), 1..2)
            )
                .boxed()
        ),
        boxed(
            (
                Just("BinaryEquals".to_owned()),
                vec(select(vec!["YW5u", "cmVk"]), 1..2)
            )
                .boxed()
        ),
        boxed(
            (
                Just("Null".to_owned()),
                vec(select(vec!["true", "false"]), 1..2)
            )
                .boxed()
        ),
    ];
    let decoration = (
        select(vec!["", "", "ForAllValues:", "ForAnyValue:"]),
        any::<bool>(),
    );
    (family, decoration, select(KEYS)).prop_map(
        |((operator, values), (quantifier, if_exists), key)| {
            let name = if operator == "Null" {
                operator
            } else {
                format!(
                    "{quantifier}{operator}{}",
                    if if_exists { "IfExists" } else { "" }
                )
            };
            let values = if values.len() == 1 {
                json!(values[0])
            } else {
                json!(values)
            };
            (name, json!({ key: values }))
        },
    )
}

fn statement(principals: bool) -> impl Strategy<Value = Value> {
    (
        prop_oneof![3 => Just("Allow"), 1 => Just("Deny")],
        (any::<bool>(), names()),
        (
            prop::bool::weighted(0.2),
            vec(select(ACTION_PATTERNS), 1..3),
        ),
        (
            prop::bool::weighted(0.2),
            vec(select(RESOURCE_PATTERNS), 1..3),
        ),
        vec(one_condition(), 0..3),
    )
        .prop_map(
            move |(
                effect,
                (not, names),
                (not_action, actions),
                (not_resource, resources),
                conditions,
            )| {
                let mut map = Map::new();
                map.insert("Effect".to_owned(), json!(effect));
                if principals {
                    let element = if not && effect == "Deny" {
                        "NotPrincipal"
                    } else {
                        "Principal"
                    };
                    map.insert(element.to_owned(), names);
                }
                map.insert(
                    if not_action { "NotAction" } else { "Action" }.to_owned(),
                    json!(actions),
                );
                map.insert(
                    if not_resource {
                        "NotResource"
                    } else {
                        "Resource"
                    }
                    .to_owned(),
                    json!(resources),
                );
                let conditions: Map<String, Value> = conditions.into_iter().collect();
                if !conditions.is_empty() {
                    map.insert("Condition".to_owned(), Value::Object(conditions));
                }
                Value::Object(map)
            },
        )
}

fn document(principals: bool) -> impl Strategy<Value = Value> {
    (prop::bool::weighted(0.8), vec(statement(principals), 1..4)).prop_map(|(new, statements)| {
        json!({ "Version": if new { "2012-10-17" } else { "2008-10-17" }, "Statement": statements })
    })
}

fn world() -> impl Strategy<Value = World> {
    (
        vec(document(false), 0..3),
        option::weighted(0.3, vec(document(false), 0..2)),
        option::weighted(0.3, vec(document(false), 0..2)),
        option::weighted(0.6, document(true)),
        any::<bool>(),
    )
        .prop_map(
            |(identity, boundary, session, resource, resource_must_allow)| World {
                identity,
                boundary,
                session,
                resource,
                resource_must_allow,
            },
        )
}

fn ask() -> impl Strategy<Value = Ask> {
    let principals = vec![
        Principal::Root { account: A.into() },
        Principal::User {
            account: A.into(),
            arn: USER.into(),
            id: "AIDAAAAAAAAAAAAAAAAAA".into(),
        },
        Principal::Session {
            account: A.into(),
            arn: SESSION.into(),
            role_arn: ROLE.into(),
            role_id: "AROAAAAAAAAAAAAAAAAAA".into(),
        },
        Principal::Service {
            name: "ec2.amazonaws.com".into(),
        },
        Principal::Anonymous,
    ];
    let keys = prop::collection::btree_map(
        select(KEYS).prop_map(str::to_lowercase),
        vec(select(VALUES).prop_map(str::to_owned), 1..3),
        0..5,
    );
    (
        select(principals),
        select(ACTIONS),
        select(RESOURCES),
        select(vec![A, B]),
        keys,
    )
        .prop_map(
            |(principal, action, resource, owner, keys): (_, _, _, _, Keys)| Ask {
                principal,
                action: action.into(),
                resource: resource.into(),
                owner: owner.into(),
                keys,
            },
        )
}

fn named(value: &Value, kind: Kind) -> Named {
    let document = Document::parse(&value.to_string(), kind)
        .unwrap_or_else(|error| panic!("{error}: {value:#}"));
    Named {
        name: "p".into(),
        document: Arc::new(document),
    }
}

fn ours(world: &World, ask: &Ask) -> &'static str {
    let own = |list: &[Value]| {
        list.iter()
            .map(|one| named(one, Kind::Identity))
            .collect::<Vec<_>>()
    };
    let (identity, boundary, session) = (
        own(&world.identity),
        world.boundary.as_deref().map(own),
        world.session.as_deref().map(own),
    );
    let resource = world
        .resource
        .as_ref()
        .map(|one| named(one, Kind::Resource));
    let mut context = Context::new();
    for (key, values) in &ask.keys {
        context.set_many(key, values.iter().cloned());
    }
    let policies = Policies {
        identity: &identity,
        boundary: boundary.as_deref(),
        session: session.as_deref(),
        resource: resource.as_ref(),
        resource_must_allow: world.resource_must_allow,
    };
    let request = Request {
        principal: &ask.principal,
        action: &ask.action,
        resource: &ask.resource,
        resource_owner: &ask.owner,
        context: &context,
    };
    let decision = decide(&policies, &request);
    assert_eq!(decision.is_allowed(), decision.by.is_none());
    match decision.outcome {
        Outcome::Allowed => "allow",
        Outcome::ExplicitDeny => "deny",
        Outcome::ImplicitDeny => "none",
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_verdict_is_that_of_the_slow_evaluator(world in world(), ask in ask()) {
        prop_assert_eq!(ours(&world, &ask), verdict(&world, &ask));
    }

    #[test]
    fn a_statement_that_denies_everything_wins(mut world in world(), ask in ask()) {
        world.identity.push(json!({ "Statement": { "Effect": "Deny", "Action": "*", "Resource": "*" } }));
        prop_assert_eq!(ours(&world, &ask), "deny");
    }

    #[test]
    fn one_more_allowing_policy_takes_nothing_away(mut world in world(), ask in ask()) {
        let before = ours(&world, &ask);
        world.identity.push(json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } }));
        let after = ours(&world, &ask);
        prop_assert!(before != "allow" || after == "allow");
        prop_assert_eq!(before == "deny", after == "deny");
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
        for kind in [Kind::Identity, Kind::Resource, Kind::Trust, Kind::Session] {
            if let Ok(document) = Document::parse(&text, kind) {
                prop_assert_eq!(document.text(), text.as_str());
            }
        }
    }
}
