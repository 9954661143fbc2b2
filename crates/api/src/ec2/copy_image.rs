//! CopyImage.

use crate::run::Run;
use crate::{App, translate};
use base::{Region, Result};
use identity::Call;
use images::Copy;
use protocol::ec2;

impl Run for ec2::CopyImage {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::CopyImageRequest,
    ) -> Result<ec2::CopyImageResult> {
        let image = images::copy(&app.images, call, request(app, input)?).await?;
        Ok(ec2::CopyImageResult {
            image_id: Some(image.to_string()),
        })
    }
}

fn request(app: &App, input: ec2::CopyImageRequest) -> Result<Copy> {
    let mut tags = translate::tag_sets(&input.tag_specifications, &["image", "snapshot"])?;
    Ok(Copy {
        source: translate::id(input.source_image_id, "SourceImageId")?,
        source_region: source_region(app, input.source_region)?,
        name: translate::required(input.name, "Name")?,
        description: input.description.unwrap_or_default(),
        copy_tags: input.copy_image_tags.unwrap_or(false),
        encryption: volumes::Asked {
            encrypted: input.encrypted,
            key: translate::present(input.kms_key_id),
        },
        image_tags: tags.remove("image").unwrap_or_default(),
        snapshot_tags: tags.remove("snapshot").unwrap_or_default(),
        client_token: translate::present(input.client_token),
    })
}

/// A Region of this installation.
pub(crate) fn source_region(app: &App, given: Option<String>) -> Result<Region> {
    let region = Region::parse(&translate::required(given, "SourceRegion")?)?;
    if app.regions.contains(&region) {
        return Ok(region);
    }
    let names: Vec<&str> = app.regions.iter().map(Region::as_str).collect();
    let message = format!(
        "The Region {region} does not exist here: {}.",
        names.join(", ")
    );
    Err(base::Error::new(
        base::Reason::Invalid,
        base::Subject::Region,
        message,
    ))
}
