//! ReplaceImageCriteriaInAllowedImagesSettings: the criteria for images of others.

use crate::App;
use crate::run::Run;
use crate::translate;
use base::Result;
use identity::Call;
use images::Criterion;
use protocol::ec2;

impl Run for ec2::ReplaceImageCriteriaInAllowedImagesSettings {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::ReplaceImageCriteriaInAllowedImagesSettingsRequest,
    ) -> Result<ec2::ReplaceImageCriteriaInAllowedImagesSettingsResult> {
        let criteria = input.image_criteria.into_iter().map(criterion);
        let criteria = criteria.collect::<Result<Vec<_>>>()?;
        images::replace_criteria(&app.images, call, criteria).await?;
        Ok(ec2::ReplaceImageCriteriaInAllowedImagesSettingsResult {
            return_value: Some(true),
        })
    }
}

fn criterion(given: ec2::ImageCriterionRequest) -> Result<Criterion> {
    let deprecated = given.deprecation_time_condition;
    let created = given.creation_date_condition;
    Ok(Criterion {
        providers: given.image_providers,
        product_codes: given.marketplace_product_codes,
        names: given.image_names,
        days_since_deprecated: translate::unsigned(
            deprecated.and_then(|condition| condition.maximum_days_since_deprecated),
            "MaximumDaysSinceDeprecated",
        )?,
        days_since_created: translate::unsigned(
            created.and_then(|condition| condition.maximum_days_since_created),
            "MaximumDaysSinceCreated",
        )?,
    })
}
