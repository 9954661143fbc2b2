//! What an action would make, for the question whether it may.
//!
//! It has no id yet, so its ARN ends with `*` unless its caller names it, and only its maker knows
//! what policies may ask about it, such as `ec2:InstanceType`.

use crate::{Call, Resource, actions};
use base::AccountId;
use policy::Context;

/// Something that does not exist yet.
#[derive(Clone, Debug)]
pub struct Made {
    arn: String,
    owner: AccountId,
    context: Context,
}

impl Made {
    /// Something of EC2 of this kind, such as `volume`, in the caller's account and Region.
    pub fn ec2(call: &Call, kind: &str, context: Context) -> Made {
        Made {
            arn: actions::arn(kind, call),
            owner: call.account().clone(),
            context,
        }
    }
}

impl Made {
    /// A key pair, whose ARN ends with the name that the caller gives it.
    pub fn key_pair(call: &Call, name: &str) -> Made {
        let mut context = Context::new();
        context.set("ec2:KeyPairName", name);
        let made = Made::ec2(call, "key-pair", context);
        Made {
            arn: format!("{}{name}", made.arn.trim_end_matches('*')),
            ..made
        }
    }
}

impl Resource for Made {
    fn is_made(&self) -> bool {
        true
    }

    fn arn(&self) -> String {
        self.arn.clone()
    }

    fn owner(&self) -> &AccountId {
        &self.owner
    }

    fn conditions(&self, context: &mut Context) {
        context.extend(&self.context);
    }
}
