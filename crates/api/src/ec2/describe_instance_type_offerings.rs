//! DescribeInstanceTypeOfferings: every type is offered in every zone.

use crate::{App, run::Run, translate};
use base::pattern::{self, Filter};
use base::{Error, Result};
use identity::{Action, Call};
use instances::instance_type;
use protocol::ec2;
use store::Page;

impl Run for ec2::DescribeInstanceTypeOfferings {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::DescribeInstanceTypeOfferingsRequest,
    ) -> Result<ec2::DescribeInstanceTypeOfferingsResult> {
        let filters = translate::filters(input.filters);
        pattern::check(&filters, &["instance-type", "location"])?;
        let kind = translate::present(input.location_type).unwrap_or_else(|| "region".into());
        let places = places(call, &kind)?;
        let list = format!("instance-type-offerings {kind} {}", call.region);
        let page = Page::read(&list, input.max_results, input.next_token.as_deref(), 1000)?;
        let mut tx = app.db.read().await?;
        identity::authorize_new(&mut tx, call, Action("ec2:DescribeInstanceTypeOfferings")).await?;
        let mut offers: Vec<(&str, &String)> = Vec::new();
        for offered in instance_type::all() {
            offers.extend(places.iter().map(|place| (offered.name, place)));
        }
        offers.retain(|(name, place)| filters.iter().all(|filter| meets(name, place, filter)));
        offers.sort_by_key(key);
        let (offers, next_token) = page.cut(&list, offers, key);
        let offering = |(name, place): (&str, &String)| ec2::InstanceTypeOffering {
            instance_type: Some(name.to_owned()),
            location: Some(place.clone()),
            location_type: Some(kind.clone()),
        };
        Ok(ec2::DescribeInstanceTypeOfferingsResult {
            instance_type_offerings: offers.into_iter().map(offering).collect(),
            next_token,
        })
    }
}

fn key((name, place): &(&str, &String)) -> String {
    format!("{name} {place}")
}

fn meets(name: &str, place: &str, filter: &Filter) -> bool {
    match filter.name.as_str() {
        "instance-type" => filter.one(name),
        _ => filter.one(place),
    }
}

fn places(call: &Call, kind: &str) -> Result<Vec<String>> {
    let zones = call.region.zones();
    match kind {
        "region" => Ok(vec![call.region.to_string()]),
        "availability-zone" => Ok(zones.iter().map(ToString::to_string).collect()),
        "availability-zone-id" => Ok(zones.iter().map(base::Zone::id).collect()),
        _ => Err(Error::invalid(
            "The value of LocationType is 'region', 'availability-zone' or 'availability-zone-id'.",
        )),
    }
}
