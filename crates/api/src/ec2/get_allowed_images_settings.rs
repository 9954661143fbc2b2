//! GetAllowedImagesSettings: the criteria for images of others, and whether they count.

use crate::App;
use crate::run::Run;
use base::Result;
use identity::Call;
use images::Criterion;
use protocol::ec2;

impl Run for ec2::GetAllowedImagesSettings {
    async fn run(
        app: &App,
        call: &Call,
        _input: ec2::GetAllowedImagesSettingsRequest,
    ) -> Result<ec2::GetAllowedImagesSettingsResult> {
        let action = "ec2:GetAllowedImagesSettings";
        let allowed = images::settings(&app.images, call, action).await?.allowed;
        Ok(ec2::GetAllowedImagesSettingsResult {
            state: Some(allowed.state.as_str().into()),
            image_criteria: allowed.criteria.into_iter().map(criterion).collect(),
            managed_by: Some("account".into()),
        })
    }
}

fn criterion(criterion: Criterion) -> ec2::ImageCriterion {
    let days = |days: Option<u32>| days.and_then(|days| i32::try_from(days).ok());
    ec2::ImageCriterion {
        image_providers: criterion.providers,
        marketplace_product_codes: criterion.product_codes,
        image_names: criterion.names,
        deprecation_time_condition: criterion.days_since_deprecated.map(|given| {
            ec2::DeprecationTimeCondition {
                maximum_days_since_deprecated: days(Some(given)),
            }
        }),
        creation_date_condition: criterion.days_since_created.map(|given| {
            ec2::CreationDateCondition {
                maximum_days_since_created: days(Some(given)),
            }
        }),
    }
}
