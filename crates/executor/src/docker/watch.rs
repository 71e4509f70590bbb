//! A running container: its output passed on, its end awaited, its limits held.

use std::pin::Pin;
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::query_parameters::{KillContainerOptionsBuilder, WaitContainerOptionsBuilder};
use futures_util::StreamExt;
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::engine::message::Message;
use crate::engine::stop::Stop;
use crate::engine::supervision::Supervision;
use crate::event::Stream as OutputStream;
use crate::interrupt::Interrupt;

/// How often limits and interrupts are looked at.
const GLANCE: Duration = Duration::from_millis(25);

/// How long the last output of a stopped command is waited for.
const LAST_WORDS: Duration = Duration::from_millis(1000);

/// How long the engine may take to finish the output of a command that ended.
const OUTPUT_PAUSE: Duration = Duration::from_secs(10);

/// How often the engine is asked whether it is still there, and how long it may take to say so.
const HEARTBEAT: Duration = Duration::from_secs(5);
const HEARTBEAT_ANSWER: Duration = Duration::from_secs(30);

/// How watching ended.
pub(super) enum Ending {
    Exited(i64, FirstWords),
    Stopped(Stop),
    Lost(String),
}

/// The beginning of what a command wrote, in which a runtime says that it could not become the command.
#[derive(Default)]
pub(super) struct FirstWords {
    standard_output: bool,
    standard_error: Vec<u8>,
}

impl FirstWords {
    /// More than a runtime has to say.
    const LIMIT: usize = 8 << 10;

    fn hear(&mut self, message: &Message) {
        match message {
            Message::Output(OutputStream::StandardOutput, _) => self.standard_output = true,
            Message::Output(OutputStream::StandardError, bytes)
                if self.standard_error.len() <= Self::LIMIT =>
            {
                self.standard_error.extend_from_slice(bytes);
            }
            _ => {}
        }
    }

    /// The one line on the standard error, where nothing else was written.
    pub(super) fn only_line(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.standard_error).ok()?;
        let line = text.strip_suffix('\n')?;
        (!self.standard_output && text.len() <= Self::LIMIT && !line.contains('\n')).then_some(line)
    }
}

pub(super) type Output = Pin<Box<dyn futures_util::Stream<Item = Result<LogOutput, Error>> + Send>>;

/// What watching needs to know.
pub(super) struct Watch<'a> {
    pub(super) client: &'a bollard::Docker,
    /// A client that waits for an answer as long as it takes.
    pub(super) patient: &'a bollard::Docker,
    pub(super) name: &'a str,
    pub(super) messages: &'a Sender<Message>,
    pub(super) interrupt: &'a Interrupt,
    pub(super) supervision: &'a Supervision,
    pub(super) deadline: Instant,
    /// How many bytes the command may print.
    pub(super) log: u64,
}

impl Watch<'_> {
    /// Passes the output on and waits for the end.
    pub(super) async fn until_end(&self, mut output: Output) -> Ending {
        let options = WaitContainerOptionsBuilder::new()
            .condition("not-running")
            .build();
        let mut end = self
            .patient
            .wait_container(self.name, Some(options))
            .boxed();
        let mut heartbeat = Box::pin(self.heartbeat());
        let mut glance = interval(GLANCE);
        glance.set_missed_tick_behavior(MissedTickBehavior::Delay);

        let mut code = None;
        let mut stop: Option<(Stop, Instant)> = None;
        let mut pending = None;
        let mut open = true;
        let mut words = FirstWords::default();
        let mut printed = 0;
        let mut progress = Instant::now();
        while code.is_none() || open || pending.is_some() {
            tokio::select! {
                biased;
                _ = glance.tick() => {
                    let now = Instant::now();
                    if stop.as_ref().is_some_and(|(_, give_up)| now > *give_up) {
                        break;
                    }
                    let idle = pending.is_none() && now - progress > OUTPUT_PAUSE;
                    if code.is_some() && idle {
                        return Ending::Lost("it did not finish the command's output".to_owned());
                    }
                    if stop.is_none() && let Some(reason) = self.reason_to_stop(code.is_none()) {
                        self.kill().await;
                        stop = Some((reason, Instant::now() + LAST_WORDS));
                    }
                }
                answer = end.next(), if code.is_none() => match exit_code(answer) {
                    Ok(exit) => {
                        code = Some(exit);
                        progress = Instant::now();
                    }
                    Err(reason) => return stopped_or_lost(stop, reason),
                },
                reason = &mut heartbeat, if code.is_none() => return stopped_or_lost(stop, reason),
                // The caller's thread is gone: it panicked, and wants the container removed.
                () = self.messages.closed() => return Ending::Stopped(Stop::Interrupted),
                room = self.messages.reserve(), if pending.is_some() => {
                    match (room, pending.take()) {
                        (Ok(room), Some(message)) => room.send(message),
                        _ => return Ending::Stopped(Stop::Interrupted),
                    }
                    progress = Instant::now();
                }
                frame = output.next(), if open && pending.is_none() => {
                    progress = Instant::now();
                    match frame {
                        None => open = false,
                        Some(frame) => match read_frame(frame) {
                            Ok(message) => {
                                words.hear(&message);
                                printed += message.output_bytes();
                                if printed <= self.log {
                                    pending = Some(message);
                                } else {
                                    self.supervision.report(Stop::OverLogLimit);
                                }
                            }
                            Err(reason) => return stopped_or_lost(stop, reason),
                        },
                    }
                }
            }
        }
        match (stop, code) {
            (Some((reason, _)), _) => Ending::Stopped(reason),
            (None, Some(code)) => Ending::Exited(code, words),
            (None, None) => Ending::Lost("the command's end was not seen".to_owned()),
        }
    }

    fn reason_to_stop(&self, running: bool) -> Option<Stop> {
        if self.interrupt.is_requested() {
            return Some(Stop::Interrupted);
        }
        if !running {
            return self.supervision.take();
        }
        if Instant::now() >= self.deadline {
            return Some(Stop::TimedOut);
        }
        self.supervision.take()
    }

    /// Kills the command. Should that fail, the removal that follows kills it.
    async fn kill(&self) {
        let options = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
        let _ = timeout(
            LAST_WORDS / 2,
            self.client.kill_container(self.name, Some(options)),
        )
        .await;
    }

    /// Ends only when the engine no longer answers, and says why. A connection that closes is noticed at once
    /// elsewhere: this is for an engine that hangs.
    async fn heartbeat(&self) -> String {
        loop {
            sleep(HEARTBEAT).await;
            match timeout(HEARTBEAT_ANSWER, self.client.ping()).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return error.to_string(),
                Err(_) => return "it no longer answers".to_owned(),
            }
        }
    }
}

fn stopped_or_lost(stop: Option<(Stop, Instant)>, reason: String) -> Ending {
    match stop {
        Some((stop, _)) => Ending::Stopped(stop),
        None => Ending::Lost(reason),
    }
}

/// The exit code, or why there is none. bollard reports every code but 0 as an error.
fn exit_code(
    answer: Option<Result<bollard::models::ContainerWaitResponse, Error>>,
) -> Result<i64, String> {
    match answer {
        Some(Ok(end)) => Ok(end.status_code),
        Some(Err(Error::DockerContainerWaitError { code, .. })) => Ok(code),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("the connection was closed".to_owned()),
    }
}

fn read_frame(frame: Result<LogOutput, Error>) -> Result<Message, String> {
    match frame.map_err(|error| error.to_string())? {
        LogOutput::StdOut { message } => Ok(Message::Output(
            OutputStream::StandardOutput,
            message.into(),
        )),
        LogOutput::StdErr { message } => {
            Ok(Message::Output(OutputStream::StandardError, message.into()))
        }
        LogOutput::StdIn { .. } | LogOutput::Console { .. } => {
            Err("it broke off the command's output".to_owned())
        }
    }
}
