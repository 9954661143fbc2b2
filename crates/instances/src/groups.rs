//! Security groups: made, deleted, opened and closed. What a running guest lets in changes before
//! the answer is sent.

use crate::network::{Group, Permission, Permits, Rule, permits};
use crate::{Instances, rows};
use base::{Error, GroupId, GroupRuleId, Reason, ResourceId, Result, Subject, Tags, VpcId};
use identity::{Action, Call, Permit, authorize, authorize_new, forget_tags, put_tags};
use store::Tx;

/// CreateSecurityGroup.
#[derive(Clone, Debug, Default)]
pub struct CreateGroup {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The VPC; the default one if absent.
    pub vpc: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// A group by id, or by name in the default VPC.
#[derive(Clone, Debug, Default)]
pub struct NameOrId {
    /// Its id.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

/// A peer group as a caller names it.
#[derive(Clone, Debug, Default)]
pub struct PeerGroup {
    /// Which.
    pub group: NameOrId,
    /// The account that owns it; only the caller's own are possible.
    pub account: Option<String>,
    /// What the rule is for.
    pub description: Option<String>,
}

/// A permission with the groups that it names, before they are looked up.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Protocol, ports and ranges; `groups` is filled in from `peers`.
    pub permission: Permission,
    /// The groups that it names.
    pub peers: Vec<PeerGroup>,
}

/// What RevokeSecurityGroupIngress takes away.
#[derive(Clone, Debug)]
pub enum Revoke {
    /// Rules that permit this.
    Permissions(Vec<Asked>),
    /// These rules.
    Rules(Vec<String>),
}

/// Makes the caller's default network, unless it is there.
pub(crate) async fn ensure_default(tx: &mut Tx, permit: &Permit) -> Result<()> {
    let network = crate::network::default_network(permit.account(), permit.region());
    if rows::vpc(tx, &network.vpc.id).await?.is_some() {
        return Ok(());
    }
    rows::add_vpc(tx, permit, &network.vpc).await?;
    for subnet in &network.subnets {
        rows::add_subnet(tx, permit, subnet).await?;
    }
    rows::add_group(tx, permit, &network.group).await
}

/// CreateSecurityGroup.
pub async fn create_security_group(
    instances: &Instances,
    call: &Call,
    request: CreateGroup,
) -> Result<Group> {
    check_texts(&request)?;
    let mut tx = instances.db().begin().await?;
    let network = crate::network::default_network(call.account(), &call.region);
    let vpc = match &request.vpc {
        None => network.vpc.id,
        Some(text) => {
            let id = VpcId::parse(text)?;
            if id != network.vpc.id {
                let message = format!("The vpc ID '{id}' does not exist");
                return Err(Error::not_found(Subject::Vpc, message));
            }
            id
        }
    };
    let taken = request.name == "default"
        || rows::groups_in(&mut tx, &vpc)
            .await?
            .iter()
            .any(|group| group.name == request.name);
    if taken {
        let message = format!(
            "The security group '{}' already exists for VPC '{vpc}'",
            request.name
        );
        return Err(Error::new(Reason::Duplicate, Subject::Group, message));
    }
    let permit = authorize_new(&mut tx, call, Action("ec2:CreateSecurityGroup")).await?;
    ensure_default(&mut tx, &permit).await?;
    let everything = Permits::everything(crate::Peer::Cidr("0.0.0.0/0".into()));
    let group = Group {
        id: GroupId::random(instances.entropy()),
        owner: permit.account().clone(),
        region: permit.region().clone(),
        vpc,
        name: request.name,
        description: request.description,
        ingress: vec![],
        egress: vec![Rule {
            id: new_rule(instances),
            what: everything,
            description: None,
        }],
    };
    rows::add_group(&mut tx, &permit, &group).await?;
    put_tags(
        &mut tx,
        &permit,
        group.id.as_ref(),
        "security-group",
        &request.tags,
    )
    .await?;
    tx.commit().await?;
    Ok(group)
}

fn check_texts(request: &CreateGroup) -> Result<()> {
    let good = |c: char| c.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(c);
    if request.name.is_empty() {
        return Err(Error::missing("GroupName"));
    }
    if request.description.is_empty() {
        return Err(Error::missing("GroupDescription"));
    }
    if request.name.len() > 255
        || !request.name.chars().all(good)
        || request.name.starts_with("sg-")
    {
        return Err(Error::invalid(
            "Invalid group name. It has up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, \
             and does not begin with sg-.",
        ));
    }
    if request.description.len() > 255 || !request.description.chars().all(good) {
        let message = "Invalid group description. It has up to 255 letters, digits, spaces and \
            ._-:/()#,@[]+=&;{}!$*.";
        return Err(Error::invalid(message));
    }
    Ok(())
}

/// DeleteSecurityGroup. Answers its id.
pub async fn delete_security_group(
    instances: &Instances,
    call: &Call,
    which: &NameOrId,
) -> Result<GroupId> {
    let mut tx = instances.db().begin().await?;
    let group = look(&mut tx, call, which).await?;
    let permit = authorize(&mut tx, call, Action("ec2:DeleteSecurityGroup"), &[&group]).await?;
    if group.name == "default" {
        let message = format!(
            "the specified group: \"{}\" name: \"default\" cannot be deleted by a user",
            group.id
        );
        return Err(Error::new(Reason::NotPermitted, Subject::Group, message));
    }
    let worn = rows::instances_in(&mut tx, &group.vpc)
        .await?
        .iter()
        .any(|i| i.is_in(&group.id));
    let named = rows::groups_in(&mut tx, &group.vpc)
        .await?
        .iter()
        .any(|g| g.names(&group.id));
    if worn || named {
        let message = format!("resource {} has a dependent object", group.id);
        return Err(Error::new(Reason::InUse, Subject::Group, message));
    }
    rows::delete_group(&mut tx, &permit, &group.id).await?;
    forget_tags(&mut tx, &permit, group.id.as_ref()).await?;
    for rule in group.ingress.iter().chain(&group.egress) {
        forget_tags(&mut tx, &permit, rule.id.as_ref()).await?;
    }
    tx.commit().await?;
    Ok(group.id)
}

/// AuthorizeSecurityGroupIngress. Answers the group and its new rules.
pub async fn authorize_ingress(
    instances: &Instances,
    call: &Call,
    which: &NameOrId,
    (asked, tags): (Vec<Asked>, &Tags),
) -> Result<(Group, Vec<Rule>)> {
    let mut tx = instances.db().begin().await?;
    let group = look(&mut tx, call, which).await?;
    let wanted = resolve(&mut tx, call, asked).await?;
    let action = Action("ec2:AuthorizeSecurityGroupIngress");
    let permit = authorize(&mut tx, call, action, &[&group]).await?;
    let rule = |(what, description)| Rule {
        id: new_rule(instances),
        what,
        description,
    };
    let rules: Vec<Rule> = wanted.into_iter().map(rule).collect();
    let group = group.with(rules.clone())?;
    ensure_default(&mut tx, &permit).await?;
    rows::update_group(&mut tx, &permit, &group).await?;
    for rule in &rules {
        put_tags(
            &mut tx,
            &permit,
            rule.id.as_ref(),
            "security-group-rule",
            tags,
        )
        .await?;
    }
    tx.commit().await?;
    instances.apply_network(&group.vpc).await?;
    Ok((group, rules))
}

/// RevokeSecurityGroupIngress. Answers the rules that went.
pub async fn revoke_ingress(
    instances: &Instances,
    call: &Call,
    which: &NameOrId,
    revoke: Revoke,
) -> Result<(Group, Vec<Rule>)> {
    let mut tx = instances.db().begin().await?;
    let before = look(&mut tx, call, which).await?;
    let after = match revoke {
        Revoke::Permissions(asked) => {
            let wanted = resolve(&mut tx, call, asked).await?;
            let gone: Vec<Permits> = wanted.into_iter().map(|(what, _)| what).collect();
            before.clone().without(&gone)?
        }
        Revoke::Rules(ids) => {
            let parse = |id: &String| GroupRuleId::parse(id);
            let ids: Vec<GroupRuleId> = ids.iter().map(parse).collect::<Result<_>>()?;
            before.clone().without_ids(&ids)?
        }
    };
    let action = Action("ec2:RevokeSecurityGroupIngress");
    let permit = authorize(&mut tx, call, action, &[&before]).await?;
    ensure_default(&mut tx, &permit).await?;
    rows::update_group(&mut tx, &permit, &after).await?;
    let mut gone = before.ingress;
    gone.retain(|rule| !after.ingress.contains(rule));
    for rule in &gone {
        forget_tags(&mut tx, &permit, rule.id.as_ref()).await?;
    }
    tx.commit().await?;
    instances.apply_network(&after.vpc).await?;
    Ok((after, gone))
}

fn new_rule(instances: &Instances) -> GroupRuleId {
    GroupRuleId::random(instances.entropy())
}

/// The caller's groups, the default one included even if nobody needed it yet.
pub(crate) async fn own_groups(tx: &mut Tx, call: &Call) -> Result<Vec<Group>> {
    let mut groups = rows::groups(tx, call.place()).await?;
    let default = crate::network::default_network(call.account(), &call.region).group;
    if groups.iter().all(|group| group.id != default.id) {
        groups.push(default);
        groups.sort_by(|a, b| a.id.cmp(&b.id));
    }
    Ok(groups)
}

/// The caller's group of that id or name.
pub(crate) async fn look(tx: &mut Tx, call: &Call, which: &NameOrId) -> Result<Group> {
    let groups = own_groups(tx, call).await?;
    find(&groups, call, which).cloned()
}

/// A group among the caller's own.
pub(crate) fn find<'a>(groups: &'a [Group], call: &Call, which: &NameOrId) -> Result<&'a Group> {
    if let Some(text) = &which.id {
        let id = GroupId::parse(text)?;
        return groups.iter().find(|group| group.id == id).ok_or_else(|| {
            let message = format!("The security group '{id}' does not exist");
            Error::not_found(Subject::Group, message)
        });
    }
    let Some(name) = &which.name else {
        let message = "The request must contain the parameter GroupName or GroupId";
        return Err(Error::new(Reason::Missing, Subject::Parameter, message));
    };
    let vpc = crate::network::default_network(call.account(), &call.region)
        .vpc
        .id;
    groups
        .iter()
        .find(|group| group.name == *name && group.vpc == vpc)
        .ok_or_else(|| {
            let shown: String = name.chars().take(255).collect();
            let message =
                format!("The security group '{shown}' does not exist in default VPC '{vpc}'");
            Error::not_found(Subject::Group, message)
        })
}

async fn resolve(
    tx: &mut Tx,
    call: &Call,
    asked: Vec<Asked>,
) -> Result<Vec<(Permits, Option<String>)>> {
    if asked.is_empty() {
        return Err(Error::missing("IpPermissions"));
    }
    let groups = own_groups(tx, call).await?;
    let mut all: Vec<(Permits, Option<String>)> = Vec::new();
    for Asked {
        mut permission,
        peers,
    } in asked
    {
        for peer in peers {
            if peer
                .account
                .as_deref()
                .is_some_and(|account| account != call.account().as_str())
            {
                let message =
                    "Rules that name a security group of another account are not possible.";
                return Err(Error::unsupported(message));
            }
            let group = find(&groups, call, &peer.group)?;
            permission.groups.push((group.id.clone(), peer.description));
        }
        all.extend(permits(&permission)?);
    }
    if let Some(twice) = all
        .iter()
        .enumerate()
        .find(|(at, rule)| all[..*at].iter().any(|r| r.0 == rule.0))
    {
        let message = format!(
            "The same permission must not appear multiple times: {:?}",
            twice.1.0.peer
        );
        return Err(Error::invalid(message));
    }
    Ok(all)
}
