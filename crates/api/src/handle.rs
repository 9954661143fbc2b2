//! The way of a request: authenticate, find the operation, run it, answer.

use crate::recorded::{self, Asked};
use crate::{App, context, run};
use base::{AccountId, Region, Timestamp};
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use identity::{Call, Known, Signer};
use protocol::call::{Protocol, fault_answer};
use protocol::sigv4::{self, Presented, Refusal};
use protocol::{Fault, Service, route};

/// Answers a request whose body has been read.
pub async fn handle(app: &App, parts: &Parts, body: Bytes) -> Response<Bytes> {
    let request_id = request_id(app);
    let guess = route::service(parts, None).unwrap_or(Service::Ec2);
    match authenticated(app, parts, body, &request_id).await {
        Ok(answer) => answer,
        Err((service, fault)) => fault_answer(service.unwrap_or(guess), &fault, &request_id),
    }
}

type Refused = (Option<Service>, Fault);

async fn authenticated(
    app: &App,
    parts: &Parts,
    body: Bytes,
    request_id: &str,
) -> Result<Response<Bytes>, Refused> {
    let guess = route::service(parts, None);
    let refuse = |service: Option<Service>, why: Refusal| {
        let service = service.or(guess);
        let json = service.is_some_and(|s| s.protocol() == Protocol::RestJson);
        (
            service,
            why.fault(service.is_none_or(|s| s == Service::Ec2), json),
        )
    };
    let presented = match sigv4::read(parts) {
        Ok(presented) => presented,
        Err(why) => {
            let refused = refuse(None, why);
            crate::refused::record_unsigned(app, (parts, &body), request_id, &refused.1);
            return Err(refused);
        }
    };
    let Some(service) = route::service(parts, Some(&presented.service)) else {
        return Err((None, no_service(&presented.service)));
    };
    let now = app.clock.now();
    let found = authenticate(app, &presented, (parts, body.clone()), now).await;
    let (known, body) = match found {
        Ok(found) => found,
        Err(Failed::Refused(why, account)) => {
            let refused = refuse(Some(service), why);
            let operation = route::operation(service, parts, &body);
            let what = crate::refused::Refused {
                presented: Some(&presented),
                account,
                service,
                operation: operation.ok().map(|operation| operation.name),
                parts,
                request_id,
                fault: &refused.1,
                now,
            };
            crate::refused::record(app, &what);
            return Err(refused);
        }
        Err(Failed::Broken(error)) => {
            let fault = crate::errors::fault(service, "", &error, request_id);
            return Err((Some(service), fault));
        }
    };
    let region = region(app, service, &presented).map_err(|fault| (Some(service), fault))?;
    let operation =
        route::operation(service, parts, &body).map_err(|fault| (Some(service), fault))?;
    let mut context = context::of_request((service, &region), (parts, &body), now);
    context.extend(&known.context);
    let call = Call {
        caller: known.caller,
        region,
        request_id: request_id.to_owned(),
        now,
        dry_run: is_dry_run(service, parts, &body),
        context,
    };
    let what = (service, operation.name);
    let (answer, verdicts) = identity::hear(run::dispatch(app, &call, what, (parts, &body))).await;
    let asked = Asked {
        call: &call,
        access_key: &presented.access_key,
        operation: what,
        request: (parts, &body),
    };
    let answer = match answer {
        Some(answer) => Some(recorded::answered(app, asked, (answer, verdicts)).await),
        None => None,
    };
    tracing::info!(
        request_id,
        operation = operation.name,
        account = %call.account(),
        region = %call.region,
        status = answer.as_ref().map_or(500, |answer| answer.status().as_u16()),
        "answered"
    );
    answer.ok_or_else(|| {
        let message = "The operation is not run here (yet).";
        (
            Some(service),
            Fault::new("UnsupportedOperation", 400, message),
        )
    })
}

/// Why nobody is known to have sent a request.
enum Failed {
    /// Its signature is not good. The account is that of the key it claims, if there is such a key.
    Refused(Refusal, Option<AccountId>),
    /// It could not be found out.
    Broken(base::Error),
}

async fn authenticate(
    app: &App,
    presented: &Presented,
    (parts, body): (&Parts, Bytes),
    now: Timestamp,
) -> Result<(Known, Bytes), Failed> {
    let key = (
        presented.access_key.as_str(),
        presented.session_token.as_deref(),
    );
    let found = identity::authenticate(&app.db, &app.master, key, now).await;
    let known = match found.map_err(Failed::Broken)? {
        Signer::Known(known) => *known,
        Signer::Expired(account) => {
            return Err(Failed::Refused(Refusal::SessionOver, Some(account)));
        }
        Signer::Nobody(account) => return Err(Failed::Refused(Refusal::UnknownKey, account)),
    };
    let secret = known.secret.expose();
    let now = protocol::Timestamp(now.millis());
    let refused = |why| Failed::Refused(why, Some(known.caller.account.clone()));
    presented
        .verify(secret, parts, &body, now)
        .map_err(refused)?;
    let body = presented.unchunk(secret, &body).map_err(refused)?;
    Ok((known, body))
}

/// The Region of the credential scope. Services that AWS has once for all Regions are signed for
/// the first one, or for a Region that this installation lacks.
fn region(app: &App, service: Service, presented: &Presented) -> Result<Region, Fault> {
    let known = app
        .regions
        .iter()
        .find(|region| region.as_str() == presented.region);
    match known {
        Some(region) => Ok(region.clone()),
        None if matches!(
            service,
            Service::Sts | Service::Iam | Service::Organizations
        ) =>
        {
            Ok(app.regions[0].clone())
        }
        None => {
            let names: Vec<&str> = app.regions.iter().map(Region::as_str).collect();
            let shown: String = presented.region.chars().take(64).collect();
            let message = format!(
                "The Region '{shown}' does not exist here: this installation has {}.",
                names.join(", ")
            );
            Err(Fault::new("InvalidRegion", 400, message))
        }
    }
}

fn no_service(name: &str) -> Fault {
    let shown: String = name.chars().take(64).collect();
    let message = format!("The service '{shown}' is not spoken here.");
    Fault::new("InvalidAction", 400, message)
}

fn is_dry_run(service: Service, parts: &Parts, body: &Bytes) -> bool {
    service == Service::Ec2
        && protocol::call::tree(parts, body)
            .is_ok_and(|tree| matches!(tree.text("DryRun"), Some("true" | "True" | "1")))
}

/// An id for the answer's header, its document and the log: a random UUID.
pub(crate) fn request_id(app: &App) -> String {
    let mut bytes = [0u8; 16];
    app.entropy.fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex::encode(bytes);
    format!(
        "{}-{}-{}-{}-{}",
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..]
    )
}
