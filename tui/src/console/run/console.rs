//! The console: its model, its terminal, and its connections.

use std::io;
use std::time::{Duration, SystemTime};

use ratatui_image::picker::Picker;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::cli::{ConsoleArgs, ImageKind};
use crate::console::core::command::Command;
use crate::console::core::input::Input;
use crate::console::core::message::Message;
use crate::console::core::model::Model;
use crate::console::core::preview::PreviewMode;
use crate::console::core::settings::ThemeName;
use crate::console::core::update::update;
use crate::console::data::{Decoder, Files, Lanes, Writes};
use crate::console::run::reach::reach;
use crate::console::terminal::{Capabilities, Options, Terminal};
use crate::console::theme::{Surroundings, Theme};
use crate::console::widget::Canvas;
use crate::console::{glyph, save, view};
use crate::profile::Profile;

/// The number of messages that may wait for the loop.
const MESSAGE_QUEUE_LENGTH: usize = 64;

/// How long as usual the intervals between two readings are at most.
const MAX_STRETCH: u64 = 60;

/// The console.
pub(super) struct Console {
    start: Instant,
    sender: mpsc::Sender<Message>,
    messages: mpsc::Receiver<Message>,
    inputs: mpsc::Receiver<Input>,
    terminal: Terminal,
    /// Frames are at least this far apart: bursts of messages are drawn once.
    min_frame: Duration,
    drawn_at: Instant,
    model: Model,
    surroundings: Surroundings,
    capabilities: Capabilities,
    asked_theme: Option<ThemeName>,
    theme: Theme,
    title: String,
    lanes: Lanes,
    writes: Writes,
    files: Files,
    decoder: Decoder,
    /// How pictures are drawn, and whether the terminal decides it.
    picker: Picker,
    image: ImageKind,
    /// The environment that is being reached. The present one is shown until it is.
    switching: JoinSet<Result<Profile, String>>,
}

/// What the loop waits for.
enum Event {
    Message(Message),
    Reached(Result<Profile, String>),
    /// The terminal can be drawn on.
    Ready,
    /// The terminal was closed.
    End,
}

impl Console {
    /// Enters the terminal, draws the first frame, and starts to connect.
    pub(super) fn open(profile: &Profile, args: &ConsoleArgs) -> io::Result<Self> {
        let surroundings = Surroundings::from_environment();
        let theme = Theme::choose(args.theme.or(profile.theme), &surroundings);
        let (sender, messages) = mpsc::channel(MESSAGE_QUEUE_LENGTH);
        let options = Options::from_environment();
        let min_frame = options.min_frame();
        let start = Instant::now();
        let (terminal, inputs) = Terminal::enter(options, sender.clone())?;
        let mut model = Model::new(profile.environment.clone(), terminal.size(), first_write());
        model.settings.theme = theme.name();
        model.settings.is_ascii = args.ascii || surroundings.is_ascii();
        model.settings.stretch = stretch(profile);
        model.previews.is_over_ssh = surroundings.is_remote;
        if args.image == ImageKind::None {
            model.previews.mode = PreviewMode::Off;
        }
        let mut console = Self {
            start,
            messages,
            inputs,
            terminal,
            min_frame,
            drawn_at: start,
            model,
            surroundings,
            capabilities: Capabilities::default(),
            asked_theme: args.theme.or(profile.theme),
            theme,
            title: String::new(),
            lanes: Lanes::start(&profile.source(), start, &sender),
            writes: Writes::new(&profile.write_target, &sender),
            files: Files::new(&profile.target, &sender),
            decoder: Decoder::start(&sender),
            picker: args.picker(),
            image: args.image,
            switching: JoinSet::new(),
            sender,
        };
        console.draw()?;
        Ok(console)
    }

    /// Runs until the operator leaves, or the terminal is closed.
    pub(super) async fn run(mut self) -> io::Result<()> {
        loop {
            match self.next().await? {
                Event::Message(message) => {
                    if self.take(message) {
                        return Ok(());
                    }
                }
                Event::Reached(Ok(profile)) => self.switch(&profile),
                Event::Reached(Err(reason)) => self.say(reason),
                Event::Ready => {}
                Event::End => return Ok(()),
            }
            self.adopt_capabilities();
            if self.terminal.is_ready() {
                self.set_title()?;
                if self.model.is_dirty && self.drawn_at.elapsed() >= self.min_frame {
                    self.draw()?;
                }
            }
        }
    }

    async fn next(&mut self) -> io::Result<Event> {
        let wake = self.model.next_tick().map(|at| self.start + at);
        let frame_at = (self.model.is_dirty && self.terminal.is_ready()).then(|| self.drawn_at + self.min_frame);
        let is_busy = self.terminal.is_busy();
        Ok(tokio::select! {
            biased;
            input = self.inputs.recv() => input.map_or(Event::End, |input| Event::Message(Message::Input(input))),
            Some(message) = self.messages.recv() => Event::Message(message),
            Some(reached) = self.switching.join_next() => match reached {
                Ok(reached) => Event::Reached(reached),
                Err(crashed) => Event::Reached(Err(crashed.to_string())),
            },
            flushed = self.terminal.flush(), if is_busy => {
                flushed?;
                Event::Ready
            }
            () = until(frame_at) => Event::Ready,
            () = until(wake) => Event::Message(Message::Tick),
        })
    }

    /// Updates the model. Returns whether the operator leaves.
    fn take(&mut self, message: Message) -> bool {
        if let Message::Input(Input::Resize(columns, lines)) = message {
            self.terminal.resize(columns, lines);
        }
        let commands = update(&mut self.model, self.start.elapsed(), message);
        let leaves = commands.contains(&Command::Quit);
        for command in commands {
            self.carry_out(command);
        }
        leaves
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Fetch(fetch) => self.lanes.fetch(fetch),
            Command::Reconnect => self.lanes.reconnect(),
            Command::Write(id, write) => self.writes.write(id, write),
            Command::OpenWrites => self.writes.open(),
            Command::CloseWrites => self.writes.close(),
            Command::Decode(decode) => self.decoder.decode(decode, &self.picker),
            Command::View(job) => self.files.save(job, true),
            Command::SaveResult(job) => self.files.save(job, false),
            Command::Copy(text) => {
                let note = match self.terminal.copy(&text) {
                    Ok(bytes) => format!("Sent to the terminal to copy (OSC 52): {bytes} bytes"),
                    Err(reason) => reason,
                };
                self.say(note);
            }
            Command::Suspend => {
                if let Err(reason) = Terminal::suspend() {
                    self.say(reason.to_owned());
                }
            }
            // A terminal that is gone is noticed by reading.
            Command::Mouse(capture) => drop(self.terminal.capture_mouse(capture)),
            Command::Redraw => {
                #[cfg(debug_assertions)]
                crate::console::terminal::panic_in_tests();
                self.terminal.redraw();
            }
            Command::SaveText(name, text) => save::text(name, text, &self.sender),
            Command::Switch(name) => {
                self.switching.abort_all();
                self.switching = JoinSet::new();
                self.switching.spawn(async move { reach(&name).await });
            }
            _ => {}
        }
    }

    /// Shows another environment, which has answered.
    fn switch(&mut self, profile: &Profile) {
        self.lanes = Lanes::start(&profile.source(), self.start, &self.sender);
        self.writes = Writes::new(&profile.write_target, &self.sender);
        self.files = Files::new(&profile.target, &self.sender);
        // What the previous environment still had to say.
        while self.messages.try_recv().is_ok() {}
        self.asked_theme = profile.theme.or(self.asked_theme);
        self.theme = Theme::choose(self.asked_theme, &self.surroundings);
        self.model.settings.theme = self.theme.name();
        self.model.settings.stretch = stretch(profile);
        let message = Message::Switched(profile.environment.clone());
        self.take(message);
    }

    /// Says something, unless so much is waiting to be said that it would be lost anyway.
    fn say(&self, note: String) {
        drop(self.sender.try_send(Message::Note(note)));
    }

    /// Chooses a theme for the background, once the terminal has said which it has.
    fn adopt_capabilities(&mut self) {
        let capabilities = self.terminal.capabilities();
        if capabilities == self.capabilities || !capabilities.is_complete {
            return;
        }
        self.capabilities = capabilities;
        self.surroundings.background = capabilities.background;
        if self.image == ImageKind::Auto {
            self.picker = capabilities.picker();
        }
        let was_chosen_here = self.model.settings.theme != self.theme.name();
        self.theme = Theme::choose(self.asked_theme, &self.surroundings);
        if !was_chosen_here {
            self.model.settings.theme = self.theme.name();
        }
        self.model.is_dirty = true;
    }

    /// Names the window: `tintype PROD`, or the host and name of the database.
    fn set_title(&mut self) -> io::Result<()> {
        let title = match self.model.environment.name.as_str() {
            "" => format!("tintype {}", self.model.database.name),
            name => format!("tintype {}", name.to_uppercase()),
        };
        if title == self.title {
            return Ok(());
        }
        self.terminal.set_title(&title)?;
        self.title = title;
        Ok(())
    }

    /// Draws the model, unless the terminal is not ready: it is drawn when it is.
    fn draw(&mut self) -> io::Result<()> {
        let (model, theme) = (&self.model, self.theme.with(self.model.settings.theme));
        let glyphs = if model.settings.is_ascii { &glyph::ASCII } else { &glyph::UNICODE };
        if self.terminal.draw(|frame| view::view(model, &mut Canvas { frame, theme: &theme, glyphs }))? {
            self.model.is_dirty = false;
            self.drawn_at = Instant::now();
        }
        Ok(())
    }
}

/// How many times as long as usual the intervals between two readings are.
fn stretch(profile: &Profile) -> u32 {
    let usual = crate::console::core::model::OVERVIEW_EVERY.as_secs();
    let times = profile.refresh.map_or(1, |refresh| refresh.as_secs().div_ceil(usual));
    u32::try_from(times.clamp(1, MAX_STRETCH)).unwrap_or(1)
}

/// Waits until then, or for ever.
async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// A number from which on the confirmations of this console are numbered: no other console has the same.
fn first_write() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    // Nanoseconds since 1970 fit until the year 2554.
    u64::try_from(now.as_nanos()).unwrap_or_default()
}
