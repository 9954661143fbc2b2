//! What is to be done next for an instance, given what its row wants and what its machine does.
//! Pure.
//!
//! One job brings rows and machines together: it looks, takes one step, and looks again until there
//! is nothing to do. So it does not matter where a kill left it.

use crate::instance::{Exit, Instance, ShutdownBehavior, State};
use base::Timestamp;

/// What is seen of an instance's machine and volumes.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Whether its machine runs.
    pub(crate) alive: bool,
    /// How its machine ended, if that is known.
    pub(crate) exit: Option<Exit>,
    /// Whether a volume is being attached or detached.
    pub(crate) volumes_move: bool,
    /// The time.
    pub(crate) now: Timestamp,
}

/// The next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Start a machine.
    Boot,
    /// Its machine runs: say so.
    NoteRunning,
    /// Ask the guest to shut itself down, and look again soon.
    PressPower,
    /// Pull the plug.
    Cut,
    /// Freeze its volumes for an image.
    Capture,
    /// Attach and detach volumes.
    MoveVolumes,
    /// Its machine is no more: say so.
    NoteHalted,
    /// The guest shut itself down, which means termination.
    NoteTerminating,
    /// Give back everything that it had.
    Release,
    /// Nothing.
    Rest,
}

/// What is to be done next.
pub(crate) fn plan(instance: &Instance, seen: &Seen) -> Step {
    match instance.state {
        State::Pending if seen.alive => Step::NoteRunning,
        State::Pending => Step::Boot,
        State::Running if seen.alive => running(instance, seen),
        State::Running => ended(instance, seen),
        State::Stopping | State::ShuttingDown if seen.alive => {
            down(instance.halt.map(|halt| halt.kindly_until), seen)
        }
        State::Stopping => Step::NoteHalted,
        State::Stopped if seen.alive => Step::Cut,
        State::Stopped if !instance.captures.is_empty() => Step::Capture,
        State::Stopped if seen.volumes_move => Step::MoveVolumes,
        State::Stopped => Step::Rest,
        State::ShuttingDown => Step::Release,
        State::Terminated => Step::Rest,
    }
}

fn running(instance: &Instance, seen: &Seen) -> Step {
    if instance.cycle.is_some() {
        return down(instance.cycle, seen);
    }
    if !instance.captures.is_empty() {
        return Step::Capture;
    }
    if seen.volumes_move {
        Step::MoveVolumes
    } else {
        Step::Rest
    }
}

fn ended(instance: &Instance, seen: &Seen) -> Step {
    if instance.cycle.is_some() {
        return if instance.captures.is_empty() {
            Step::Boot
        } else {
            Step::Capture
        };
    }
    match (&seen.exit, instance.shutdown) {
        (Some(Exit::Guest), ShutdownBehavior::Terminate) => Step::NoteTerminating,
        (Some(Exit::Guest), ShutdownBehavior::Stop)
        | (Some(Exit::Cut | Exit::Broken(_)) | None, _) => Step::NoteHalted,
    }
}

fn down(kindly_until: Option<Timestamp>, seen: &Seen) -> Step {
    if kindly_until.is_some_and(|until| seen.now < until) {
        Step::PressPower
    } else {
        Step::Cut
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::{Capturing, Halt};
    use crate::testing::instance;
    use base::{ImageId, ResourceId};

    fn seen(alive: bool) -> Seen {
        Seen {
            alive,
            exit: None,
            volumes_move: false,
            now: Timestamp::from_millis(1000),
        }
    }

    fn at(state: State) -> Instance {
        Instance {
            state,
            ..instance()
        }
    }

    fn capturing() -> Vec<Capturing> {
        let image = ImageId::parse("ami-00000002").unwrap();
        vec![Capturing {
            image,
            snapshot_tags: base::Tags::new(),
        }]
    }

    #[test]
    fn without_orders_each_state_has_one_next_step() {
        let table: Vec<String> = State::ALL
            .iter()
            .map(|state| {
                let [with, without] = [true, false].map(|alive| plan(&at(*state), &seen(alive)));
                format!("{}: {with:?} {without:?}", state.as_str())
            })
            .collect();
        assert_eq!(
            table,
            [
                "pending: NoteRunning Boot",
                "running: Rest NoteHalted",
                "stopping: Cut NoteHalted",
                "stopped: Cut Rest",
                "shutting-down: Cut Release",
                "terminated: Rest Rest",
            ]
        );
    }

    #[test]
    fn stopping_is_kind_until_its_time_is_over() {
        let until = |millis| Instance {
            halt: Some(Halt {
                kindly_until: Timestamp::from_millis(millis),
            }),
            ..at(State::Stopping)
        };
        assert_eq!(plan(&until(1001), &seen(true)), Step::PressPower);
        assert_eq!(plan(&until(1000), &seen(true)), Step::Cut);
    }

    #[test]
    fn a_reboot_goes_down_kindly_and_boots_again_and_an_image_is_taken_in_between() {
        let mut instance = at(State::Running);
        instance.cycle = Some(Timestamp::from_millis(2000));
        assert_eq!(plan(&instance, &seen(true)), Step::PressPower);
        assert_eq!(plan(&instance, &seen(false)), Step::Boot);
        instance.captures = capturing();
        assert_eq!(plan(&instance, &seen(true)), Step::PressPower);
        assert_eq!(plan(&instance, &seen(false)), Step::Capture);
        instance.cycle = None;
        assert_eq!(plan(&instance, &seen(true)), Step::Capture);
        instance.state = State::Stopped;
        assert_eq!(plan(&instance, &seen(false)), Step::Capture);
    }

    #[test]
    fn a_guests_own_power_off_means_what_the_instance_says_and_a_crash_only_stops() {
        let ended = |exit, shutdown| {
            let instance = Instance {
                shutdown,
                ..at(State::Running)
            };
            plan(
                &instance,
                &Seen {
                    exit,
                    ..seen(false)
                },
            )
        };
        use ShutdownBehavior::{Stop, Terminate};
        assert_eq!(ended(Some(Exit::Guest), Stop), Step::NoteHalted);
        assert_eq!(ended(Some(Exit::Guest), Terminate), Step::NoteTerminating);
        assert_eq!(
            ended(Some(Exit::Broken("x".into())), Terminate),
            Step::NoteHalted
        );
        assert_eq!(ended(None, Terminate), Step::NoteHalted);
    }
}
