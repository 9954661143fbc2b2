//! Any text as a policy of any kind, and a request against what was understood of it: a problem or a
//! verdict, never a panic.
#![no_main]

use policy::{Context, Document, Kind, Named, Policies, Principal, Request, decide};
use std::sync::Arc;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut context = Context::new();
    context.set("aws:username", "ann");
    context.set("aws:SourceIp", "2001:db8::1");
    context.set("aws:CurrentTime", "2020-02-29T12:00:00Z");
    context.set_many("aws:TagKeys", ["a", "b", text.get(..8).unwrap_or_default()]);
    let principal = Principal::User {
        account: "111122223333".into(),
        arn: "arn:aws:iam::111122223333:user/ann".into(),
        id: "AIDA1234567890123456".into(),
    };
    for kind in [Kind::Identity, Kind::Resource, Kind::Trust, Kind::Session] {
        let Ok(document) = Document::parse(text, kind) else { continue };
        let named = [Named { name: "p".into(), document: Arc::new(document) }];
        let is_own = matches!(kind, Kind::Identity | Kind::Session);
        let policies = Policies {
            identity: if is_own { &named } else { &[] },
            resource: if is_own { None } else { named.first() },
            ..Policies::default()
        };
        let request = Request {
            principal: &principal,
            action: "ec2:CopyImage",
            resource: "arn:aws:ec2:eu-west-1:111122223333:image/ami-1",
            resource_owner: "111122223333",
            context: &context,
        };
        let decision = decide(&policies, &request);
        assert_eq!(decision.is_allowed(), decision.by.is_none());
    }
});
