//! RunInstances: wire to request, answer to wire, nothing else.

use crate::{App, run::Run, translate};
use base::{Error, Reason, Result, Subject};
use identity::Call;
use instances::{MetadataRequest, ShutdownBehavior};
use protocol::ec2;
use std::net::Ipv4Addr;

impl Run for ec2::RunInstances {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::RunInstancesRequest,
    ) -> Result<ec2::Reservation> {
        let launched = instances::run(&app.instances, call, request(input)?).await?;
        Ok(super::describe_instances::reservation(call, &launched))
    }
}

fn request(input: ec2::RunInstancesRequest) -> Result<instances::Run> {
    let kinds = ["instance", "volume", "network-interface"];
    let mut tags = translate::tag_sets(&input.tag_specifications, &kinds)?;
    let mut tags_of = |kind: &str| tags.remove(kind).unwrap_or_default();
    let (instance_tags, volume_tags, interface_tags) = (
        tags_of("instance"),
        tags_of("volume"),
        tags_of("network-interface"),
    );
    let shutdown = translate::present(input.instance_initiated_shutdown_behavior);
    let profile = input.iam_instance_profile.unwrap_or_default();
    let mut run = instances::Run {
        profile_name: translate::present(profile.name),
        profile_arn: translate::present(profile.arn),
        image: input.image_id,
        least: input.min_count.map(i64::from),
        most: input.max_count.map(i64::from),
        kind: input.instance_type,
        key: input.key_name,
        group_ids: input.security_group_ids,
        group_names: input.security_groups,
        subnet: translate::present(input.subnet_id),
        zone: input
            .placement
            .and_then(|placement| placement.availability_zone),
        private_ip: address(translate::present(input.private_ip_address))?,
        public: None,
        interface_description: String::new(),
        user_data: input.user_data,
        mappings: translate::mapping(input.block_device_mappings)?,
        instance_tags,
        volume_tags,
        interface_tags,
        metadata: match input.metadata_options {
            None => MetadataRequest::default(),
            Some(options) => metadata(
                (
                    options.http_tokens,
                    options.http_endpoint,
                    options.instance_metadata_tags,
                ),
                options.http_put_response_hop_limit,
            )?,
        },
        shutdown: shutdown
            .as_deref()
            .map(ShutdownBehavior::parse)
            .transpose()?,
        disable_termination: input.disable_api_termination.unwrap_or(false),
        disable_stop: input.disable_api_stop.unwrap_or(false),
        ebs_optimized: input.ebs_optimized.unwrap_or(false),
        monitoring: input
            .monitoring
            .and_then(|monitoring| monitoring.enabled)
            .unwrap_or(false),
        client_token: input.client_token,
    };
    place_card(&mut run, input.network_interfaces)?;
    Ok(run)
}

/// The one network card that a request may describe; it excludes the same facts on the top level.
fn place_card(
    run: &mut instances::Run,
    cards: Vec<ec2::InstanceNetworkInterfaceSpecification>,
) -> Result<()> {
    let mut cards = cards.into_iter();
    let Some(card) = cards.next() else {
        return Ok(());
    };
    if cards.next().is_some() || card.device_index.is_some_and(|index| index != 0) {
        return Err(Error::unsupported(
            "An instance has one network interface, of device index 0.",
        ));
    }
    if run.subnet.is_some()
        || !run.group_ids.is_empty()
        || !run.group_names.is_empty()
        || run.private_ip.is_some()
    {
        let message = "Network interfaces and an instance-level subnet ID, security groups or private \
            address may not be specified on the same request";
        return Err(Error::new(Reason::Combination, Subject::Parameter, message));
    }
    if card.delete_on_termination == Some(false) {
        return Err(Error::unsupported(
            "A network interface goes with its instance.",
        ));
    }
    run.subnet = translate::present(card.subnet_id);
    run.group_ids = card.groups;
    run.private_ip = address(translate::present(card.private_ip_address))?;
    run.public = card.associate_public_ip_address;
    run.interface_description = card
        .description
        .unwrap_or_default()
        .chars()
        .take(255)
        .collect();
    Ok(())
}

fn address(text: Option<String>) -> Result<Option<Ipv4Addr>> {
    let parse = |text: String| {
        text.parse().map_err(|_| {
            let shown: String = text.chars().take(64).collect();
            Error::invalid(format!(
                "Value ({shown}) for parameter privateIpAddress is invalid."
            ))
        })
    };
    text.map(parse).transpose()
}

/// The metadata service's options as clients write them: tokens, endpoint, tags; and the hop limit.
pub(super) fn metadata(
    (tokens, endpoint, tags): (Option<String>, Option<String>, Option<String>),
    hop_limit: Option<i32>,
) -> Result<MetadataRequest> {
    let word =
        |text: Option<String>, name: &str, yes: &str, no: &str| match translate::present(text) {
            None => Ok(None),
            Some(text) if text == yes => Ok(Some(true)),
            Some(text) if text == no => Ok(Some(false)),
            Some(text) => {
                let shown: String = text.chars().take(64).collect();
                let message = format!(
                    "Value ({shown}) for parameter {name} is invalid. It is '{yes}' or '{no}'."
                );
                Err(Error::invalid(message))
            }
        };
    Ok(MetadataRequest {
        tokens_required: word(tokens, "httpTokens", "required", "optional")?,
        hop_limit: hop_limit.map(i64::from),
        enabled: word(endpoint, "httpEndpoint", "enabled", "disabled")?,
        tags: word(tags, "instanceMetadataTags", "enabled", "disabled")?,
    })
}
