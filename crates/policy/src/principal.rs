//! Who asks, and whom a statement names.

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An account itself.
    Root {
        /// Its twelve digits.
        account: String,
    },
    /// A user, by a long-lived access key or a session token of his own.
    User {
        /// The account that the user is in.
        account: String,
        /// `arn:aws:iam::A:user/…`
        arn: String,
        /// His unique id, `AIDA…`.
        id: String,
    },
    /// A session of a role.
    Session {
        /// The account that the role is in.
        account: String,
        /// `arn:aws:sts::A:assumed-role/ROLE/SESSION`
        arn: String,
        /// `arn:aws:iam::A:role/…`, with its path.
        role_arn: String,
        /// The unique id of the role, `AROA…`.
        role_id: String,
    },
    /// A service of the installation, such as `ec2.amazonaws.com`.
    Service {
        /// Its name.
        name: String,
    },
    /// Somebody whom an identity provider vouches for and who has no identity here yet.
    Federated {
        /// The provider's name or ARN.
        provider: String,
    },
    /// Nobody known.
    Anonymous,
}

impl Principal {
    /// The account that the caller acts from, if it acts from one.
    pub fn account(&self) -> Option<&str> {
        match self {
            Principal::Root { account }
            | Principal::User { account, .. }
            | Principal::Session { account, .. } => Some(account),
            Principal::Service { .. } | Principal::Federated { .. } | Principal::Anonymous => None,
        }
    }
}

/// One principal that a statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Name {
    Everyone,
    Account(String),
    /// The ARN of a user, a role or a session.
    Arn(String),
    /// The unique id of a user or role that has been deleted, or is named by it.
    Id(String),
    Service(String),
    Federated(String),
}

/// How closely a statement names the caller. The order is from the loosest to the closest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    /// By its account: the account decides whom among its own it lets do this.
    Account,
    /// As anyone, or by the role of the session: permissions boundary and session policy still limit.
    Role,
    /// Itself.
    Direct,
}

impl Name {
    /// How this names the caller, if it does.
    pub fn grade(&self, caller: &Principal) -> Option<Grade> {
        match (self, caller) {
            (Name::Everyone, Principal::User { .. } | Principal::Session { .. }) => {
                Some(Grade::Role)
            }
            (Name::Everyone, _) => Some(Grade::Direct),
            (Name::Account(named), Principal::Root { account }) if named == account => {
                Some(Grade::Direct)
            }
            (Name::Account(named), _) if caller.account() == Some(named) => Some(Grade::Account),
            (Name::Arn(named), Principal::User { arn, .. } | Principal::Session { arn, .. })
                if named == arn =>
            {
                Some(Grade::Direct)
            }
            (Name::Arn(named), Principal::Session { role_arn, .. }) if named == role_arn => {
                Some(Grade::Role)
            }
            (Name::Id(named), Principal::User { id, .. }) if named == id => Some(Grade::Direct),
            (Name::Id(named), Principal::Session { role_id, .. }) if named == role_id => {
                Some(Grade::Role)
            }
            (Name::Service(named), Principal::Service { name }) if named == name => {
                Some(Grade::Direct)
            }
            (Name::Federated(named), Principal::Federated { provider }) if named == provider => {
                Some(Grade::Direct)
            }
            _ => None,
        }
    }
}

/// Whether a list that spares those named spares this caller: each of what it is must be listed, its
/// account, its role and itself, as AWS documents it for `NotPrincipal`.
pub(crate) fn spares(names: &[Name], caller: &Principal) -> bool {
    if names.contains(&Name::Everyone) {
        return true;
    }
    let lists = |wanted: &dyn Fn(&Name) -> bool| names.iter().any(wanted);
    let lists_account = |account: &String| lists(&|name| *name == Name::Account(account.clone()));
    match caller {
        Principal::Root { account } => lists_account(account),
        Principal::User { account, .. } => {
            lists_account(account) && lists(&|name| name.grade(caller) == Some(Grade::Direct))
        }
        Principal::Session { account, .. } => {
            lists_account(account)
                && lists(&|name| name.grade(caller) == Some(Grade::Role))
                && lists(&|name| name.grade(caller) == Some(Grade::Direct))
        }
        Principal::Service { .. } | Principal::Federated { .. } => {
            lists(&|name| name.grade(caller) == Some(Grade::Direct))
        }
        Principal::Anonymous => false,
    }
}
