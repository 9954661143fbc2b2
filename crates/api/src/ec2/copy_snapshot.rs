//! CopySnapshot: wire to request, answer to wire, nothing else.
//!
//! The clients of AWS presign a call to the source Region and send it along. This installation
//! decides by the caller itself, in all its Regions, so the URL is not needed; one that speaks of
//! another copy than the request does is refused.

use crate::{App, run::Run, translate};
use base::{Error, Region, Result, SnapshotId};
use identity::Call;
use protocol::ec2;

impl Run for ec2::CopySnapshot {
    async fn run(
        app: &App,
        call: &Call,
        input: ec2::CopySnapshotRequest,
    ) -> Result<ec2::CopySnapshotResult> {
        let source_region = translate::required(input.source_region, "SourceRegion")?;
        let source = translate::id::<SnapshotId>(input.source_snapshot_id, "SourceSnapshotId")?;
        let here = call.region.as_str();
        if input
            .destination_region
            .as_deref()
            .is_some_and(|named| named != here)
        {
            let message =
                format!("The destination Region must be the Region that is called, {here}.");
            return Err(Error::invalid(message));
        }
        if let Some(url) = &input.presigned_url {
            check_presigned(
                url,
                [
                    ("SourceSnapshotId", source.as_ref()),
                    ("SourceRegion", &source_region),
                    ("DestinationRegion", here),
                ],
            )?;
        }
        let mut tags = translate::tag_sets(&input.tag_specifications, &["snapshot"])?;
        let tags = tags.remove("snapshot").unwrap_or_default();
        let request = volumes::CopySnapshot {
            source_region: Region::parse(&source_region)?,
            source,
            description: input.description,
            encryption: volumes::Asked {
                encrypted: input.encrypted,
                key: translate::present(input.kms_key_id),
            },
            tags: tags.clone(),
        };
        let id = volumes::copy_snapshot(&app.volumes, call, request).await?;
        let snapshot_id = Some(id.to_string());
        Ok(ec2::CopySnapshotResult {
            snapshot_id,
            tags: translate::tags(&tags),
        })
    }
}

/// What the URL says must be what the request says. None of these values needs an escape.
fn check_presigned(url: &str, expected: [(&str, &str); 3]) -> Result<()> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        if expected
            .iter()
            .any(|(known, expected)| *known == name && *expected != value)
        {
            let message = format!("The presigned URL has another {name} than the request.");
            return Err(Error::invalid(message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_presigned;

    #[test]
    fn a_presigned_url_must_be_for_the_same_copy() {
        let of = |snapshot: &str| {
            format!(
                "https://ec2.us-east-1.amazonaws.com/?Action=CopySnapshot&SourceSnapshotId={snapshot}&X-Amz-Date=x"
            )
        };
        let expected = [
            ("SourceSnapshotId", "snap-1"),
            ("SourceRegion", "us-east-1"),
            ("DestinationRegion", "us-west-2"),
        ];
        assert!(check_presigned(&of("snap-1"), expected).is_ok());
        assert!(check_presigned("", expected).is_ok());
        assert!(check_presigned(&of("snap-2"), expected).is_err());
    }
}
