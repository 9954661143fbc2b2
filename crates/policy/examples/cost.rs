//! What a decision costs: ten policies of the usual size are read and weighed, as for each call of
//! a user.
//!
//! `cargo run --release -p policy --example cost`

#![allow(clippy::print_stdout, reason = "it is here to print")]

use policy::{Context, Document, Kind, Named, Policies, Principal, Problem, Request, decide};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

const ROUNDS: u32 = 5_000;

fn main() -> Result<(), Problem> {
    let texts: Vec<String> = (0..10).map(text).collect();
    let read = || -> Result<Vec<Named>, Problem> {
        let named = texts.iter().enumerate().map(|(number, text)| {
            let document = Arc::new(Document::parse(text, Kind::Identity)?);
            let name = format!("policy-{number}");
            Ok(Named { name, document })
        });
        named.collect()
    };
    let policies = read()?;
    let mut context = Context::new();
    context.set("aws:SourceIp", "192.0.2.7");
    context.set("ec2:ResourceTag/team", "a");
    let principal = Principal::User {
        account: "111122223333".to_owned(),
        arn: "arn:aws:iam::111122223333:user/ann".to_owned(),
        id: "AIDAEXAMPLE".to_owned(),
    };
    let weigh = || {
        let all = Policies {
            identity: &policies,
            ..Policies::default()
        };
        let request = Request {
            principal: &principal,
            action: "ec2:StopInstances",
            resource: "arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0",
            resource_owner: "111122223333",
            context: &context,
        };
        decide(&all, &request).is_allowed()
    };
    let bytes: usize = texts.iter().map(String::len).sum();
    println!("10 policies, {bytes} bytes, allowed: {}", weigh());
    measure("read", || black_box(read().is_ok()));
    measure("weigh", || black_box(weigh()));
    Ok(())
}

fn measure(what: &str, run: impl Fn() -> bool) {
    let began = Instant::now();
    let good = (0..ROUNDS).filter(|_| run()).count();
    let each = began.elapsed() / ROUNDS;
    println!(
        "{what:<6} {:>8.1} µs ({good} of {ROUNDS})",
        each.as_secs_f64() * 1e6
    );
}

fn text(number: u32) -> String {
    let statement = |effect: &str, last: u32| {
        format!(
            r#"{{"Sid":"S{last}","Effect":"{effect}","Action":["ec2:StopInstances","ec2:Describe*","kms:*"],
            "Resource":["arn:aws:ec2:*:111122223333:instance/*","arn:aws:kms:*:*:key/{last}*"],
            "Condition":{{"StringLike":{{"ec2:ResourceTag/team":["a","b-{number}"]}},
            "IpAddress":{{"aws:SourceIp":"192.0.2.0/24"}}}}}}"#
        )
    };
    let statements: Vec<String> = (0..4).map(|last| statement("Allow", last)).collect();
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.join(",")
    )
}
