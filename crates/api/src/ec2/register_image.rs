//! RegisterImage.

use crate::run::Run;
use crate::{App, translate};
use base::Result;
use identity::Call;
use images::Register;
use protocol::ec2;

impl Run for ec2::RegisterImage {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::RegisterImageRequest,
    ) -> Result<ec2::RegisterImageResult> {
        let image = images::register(&app.images, call, request(input)?).await?;
        Ok(ec2::RegisterImageResult {
            image_id: Some(image.to_string()),
        })
    }
}

fn request(input: ec2::RegisterImageRequest) -> Result<Register> {
    let mut tags = translate::tag_sets(&input.tag_specifications, &["image"])?;
    Ok(Register {
        name: translate::required(input.name, "Name")?,
        description: input.description.unwrap_or_default(),
        architecture: translate::present(input.architecture),
        virtualization: translate::present(input.virtualization_type),
        boot_mode: translate::present(input.boot_mode),
        ena: input.ena_support.unwrap_or(false),
        sriov: translate::present(input.sriov_net_support),
        imds_support: translate::present(input.imds_support),
        tpm_support: translate::present(input.tpm_support),
        root_device: translate::present(input.root_device_name),
        mappings: translate::mapping(input.block_device_mappings)?,
        tags: tags.remove("image").unwrap_or_default(),
        billing_products: input.billing_products,
    })
}
