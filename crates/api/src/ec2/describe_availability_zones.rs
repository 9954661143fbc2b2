//! DescribeAvailabilityZones: the zones of the Region that is called.

use crate::run::Run;
use crate::{App, translate};
use base::{Result, Zone, pattern};
use identity::Call;
use protocol::ec2;

const FILTERS: &[&str] = &[
    "group-name",
    "message",
    "opt-in-status",
    "region-name",
    "state",
    "zone-id",
    "zone-name",
    "zone-type",
];

impl Run for ec2::DescribeAvailabilityZones {
    async fn run(
        _app: &App,
        call: &Call,
        input: ec2::DescribeAvailabilityZonesRequest,
    ) -> Result<ec2::DescribeAvailabilityZonesResult> {
        for name in &input.zone_names {
            Zone::parse(&call.region, name)?;
        }
        let filters = translate::filters(input.filters);
        pattern::check(&filters, FILTERS)?;
        let wanted = |zone: &Zone| {
            let named =
                |list: &[String], text: &str| list.is_empty() || list.iter().any(|n| n == text);
            named(&input.zone_names, &zone.to_string()) && named(&input.zone_ids, &zone.id())
        };
        let passes = |zone: &Zone| {
            filters.iter().all(|filter| match filter.name.as_str() {
                "group-name" | "region-name" => filter.one(zone.region().as_str()),
                "opt-in-status" => filter.one("opt-in-not-required"),
                "state" => filter.one("available"),
                "zone-id" => filter.one(&zone.id()),
                "zone-name" => filter.one(&zone.to_string()),
                "zone-type" => filter.one("availability-zone"),
                _ => false,
            })
        };
        let zones = call
            .region
            .zones()
            .into_iter()
            .filter(wanted)
            .filter(passes);
        Ok(ec2::DescribeAvailabilityZonesResult {
            availability_zones: zones.map(shown).collect(),
        })
    }
}

fn shown(zone: Zone) -> ec2::AvailabilityZone {
    ec2::AvailabilityZone {
        opt_in_status: Some("opt-in-not-required".into()),
        region_name: Some(zone.region().to_string()),
        zone_name: Some(zone.to_string()),
        zone_id: Some(zone.id()),
        group_name: Some(zone.region().to_string()),
        network_border_group: Some(zone.region().to_string()),
        zone_type: Some("availability-zone".into()),
        state: Some("available".into()),
        ..ec2::AvailabilityZone::default()
    }
}
