//! DescribeRegions: the Regions of this installation.

use crate::run::Run;
use crate::{App, translate};
use base::{Error, Reason, Region, Result, Subject, pattern};
use identity::Call;
use protocol::ec2;

const OPT_IN: &str = "opt-in-not-required";

impl Run for ec2::DescribeRegions {
    async fn run(
        app: &App,
        _call: &Call,
        input: ec2::DescribeRegionsRequest,
    ) -> Result<ec2::DescribeRegionsResult> {
        for name in &input.region_names {
            if !app.regions.iter().any(|region| region.as_str() == name) {
                let shown: String = name.chars().take(64).collect();
                let message = format!("Invalid region name: [{shown}]");
                return Err(Error::new(Reason::Invalid, Subject::Parameter, message));
            }
        }
        let filters = translate::filters(input.filters);
        pattern::check(&filters, &["endpoint", "opt-in-status", "region-name"])?;
        let named = |region: &&Region| {
            input.region_names.is_empty() || input.region_names.iter().any(|n| n == region.as_str())
        };
        let passes = |region: &&Region| {
            filters.iter().all(|filter| match filter.name.as_str() {
                "endpoint" => filter.one(&endpoint(region)),
                "opt-in-status" => filter.one(OPT_IN),
                _ => filter.one(region.as_str()),
            })
        };
        let shown = |region: &Region| ec2::Region {
            region_name: Some(region.to_string()),
            endpoint: Some(endpoint(region)),
            opt_in_status: Some(OPT_IN.into()),
            ..ec2::Region::default()
        };
        let regions = app
            .regions
            .iter()
            .filter(named)
            .filter(passes)
            .map(shown)
            .collect();
        Ok(ec2::DescribeRegionsResult { regions })
    }
}

/// As AWS names it; one address answers for all of them here.
fn endpoint(region: &Region) -> String {
    format!("ec2.{region}.amazonaws.com")
}
