//! A program as keeper: a real process, spoken to in lines, killed, silent, lying.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vault::{CommandKeeper, Error, FileKeeper, Keeper, KeyId, Limits, Random, SystemRandom, Vault};

/// Names the folder of a trial to the program below.
const VARIABLE: &str = "KEEPER_PROGRAM";
const KEY: [u8; 32] = [7; 32];
const NONCE: [u8; 12] = [0; 12];

/// No test of its own: this very file, run again by the tests below, is the keeper's program. What it does wrong stands
/// in a file, and what it did is written down.
#[test]
fn the_program() {
    let Some(folder) = std::env::var_os(VARIABLE).map(PathBuf::from) else { return };
    for (name, _) in std::env::vars_os() {
        append(&folder.join("environment"), &format!("{}\n", name.display()));
    }
    append(&folder.join("starts"), &format!("{}\n", std::process::id()));
    let random: Arc<dyn Random> = Arc::new(SystemRandom::default());
    let mut held = Vec::new();
    // Whatever the test's frame has written on this line before.
    say("");
    for line in std::io::stdin().lock().lines() {
        let mut line = line.unwrap();
        let mut asked: Value = serde_json::from_str(&line).unwrap();
        append(&folder.join("asked"), &format!("{}\n", asked["do"].as_str().unwrap()));
        let mood = std::fs::read_to_string(folder.join("mood")).unwrap_or_default();
        let keys = std::fs::read_to_string(folder.join("keys")).unwrap();
        match mood.as_str() {
            "silent" => continue,
            "dies" => {
                eprintln!("cannot go on with {line}");
                std::process::exit(3);
            }
            "dies once" => {
                std::fs::remove_file(folder.join("mood")).unwrap();
                std::process::exit(3);
            }
            "denies" => {
                eprintln!("denied: {line}");
                say(&json!({ "id": asked["id"], "error": "denied" }).to_string());
                continue;
            }
            "blabs" => {
                say(&json!({ "id": asked["id"], "error": format!("cannot do it: {line}") }).to_string());
                continue;
            }
            "binds nothing" => {
                asked["context"] = json!("");
                line = asked.to_string();
            }
            "chats" => say("ready\n{}\n\n{\"id\":999,\"key\":\"AAAA\"}"),
            _ => {}
        }
        let keeper = FileKeeper::from_text(&keys).unwrap();
        let answer = futures::executor::block_on(vault::answer(&keeper, &line, random.bytes())).unwrap();
        match mood.as_str() {
            "in pairs" => {
                held.push(answer);
                if held.len() == 2 {
                    held.drain(..).rev().for_each(|answer| say(&answer));
                }
            }
            "wraps another" if asked["do"] == "wrap" => {
                asked["key"] = json!(STANDARD.encode([8; 32]));
                let asked = asked.to_string();
                let answer = futures::executor::block_on(vault::answer(&keeper, &asked, random.bytes()));
                say(&answer.unwrap());
            }
            _ => say(&answer),
        }
    }
    std::process::exit(0);
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}

fn append(file: &Path, text: &str) {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// A program with its keys.
struct Trial(tempfile::TempDir);

impl Trial {
    fn new(keys: &[u8]) -> Self {
        let trial = Self(tempfile::tempdir().unwrap());
        trial.keys(keys);
        trial
    }

    /// The keys that it has from now on, the current one first.
    fn keys(&self, keys: &[u8]) {
        let text: Vec<_> = keys.iter().map(|key| STANDARD.encode([*key; 32])).collect();
        std::fs::write(self.0.path().join("keys"), text.join("\n")).unwrap();
    }

    /// How it behaves from now on.
    fn mood(&self, mood: &str) {
        std::fs::write(self.0.path().join("mood"), mood).unwrap();
    }

    fn words(&self) -> Vec<String> {
        let this = std::env::current_exe().unwrap();
        let variable = format!("{VARIABLE}={}", self.0.path().display());
        ["env", &variable, this.to_str().unwrap(), "the_program", "--exact", "--nocapture"]
            .map(str::to_owned)
            .to_vec()
    }

    async fn keeper(&self) -> CommandKeeper {
        self.keeper_within(Limits::default()).await
    }

    async fn keeper_within(&self, limits: Limits) -> CommandKeeper {
        let limits = Limits { back_off: Duration::from_millis(5), ..limits };
        CommandKeeper::start_within(&self.words(), limits).await.unwrap()
    }

    fn vault(&self, keeper: CommandKeeper) -> Vault {
        Vault::in_folder(self.0.path(), Arc::new(keeper), Arc::new(SystemRandom::default())).unwrap()
    }

    /// The number of each of its processes.
    fn starts(&self) -> Vec<i32> {
        let text = std::fs::read_to_string(self.0.path().join("starts")).unwrap_or_default();
        text.lines().map(|line| line.parse().unwrap()).collect()
    }

    /// How often it was asked for something.
    fn asked(&self, what: &str) -> usize {
        let text = std::fs::read_to_string(self.0.path().join("asked")).unwrap_or_default();
        text.lines().filter(|line| *line == what).count()
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(work)
}

/// An error of a program that is away, in all the words there are for it.
fn away(error: &Error) -> String {
    assert!(matches!(error, Error::KeeperAway(_)), "{error:?}");
    let words = format!("{error} {error:?}");
    assert!(!words.contains(&STANDARD.encode(KEY)[..20]), "{words}");
    words
}

#[test]
fn what_is_wrapped_opens_in_its_context_alone() {
    run(async {
        let trial = Trial::new(&[1]);
        let keeper = trial.keeper().await;
        let (by, wrapped) = keeper.wrap(b"anna", &KEY, NONCE).await.unwrap();
        assert_eq!(by, keeper.current());
        // One that has nothing in mind yet.
        let fresh = trial.keeper().await;
        assert_eq!(fresh.current(), by);
        assert_eq!(fresh.unwrap(by, b"anna", &wrapped).await.unwrap(), KEY);
        assert!(matches!(fresh.unwrap(by, b"ben", &wrapped).await, Err(Error::DoesNotOpen)));
        let other = KeyId([9; 8]);
        assert!(matches!(fresh.unwrap(other, b"anna", &wrapped).await, Err(Error::UnknownMasterKey(_))));
        for place in [0, 31, 32, wrapped.len() - 1] {
            let mut changed = wrapped.clone();
            changed[place] ^= 1;
            assert!(matches!(fresh.unwrap(by, b"anna", &changed).await, Err(Error::DoesNotOpen)), "{place}");
        }
        for length in [0, 5, 32, wrapped.len() - 1] {
            assert!(fresh.unwrap(by, b"anna", &wrapped[..length]).await.is_err(), "{length} bytes");
        }
        // The same when the program binds nothing itself.
        trial.mood("binds nothing");
        let (by, wrapped) = keeper.wrap(b"anna", &KEY, NONCE).await.unwrap();
        assert_eq!(fresh.unwrap(by, b"anna", &wrapped).await.unwrap(), KEY);
        assert!(matches!(fresh.unwrap(by, b"ben", &wrapped).await, Err(Error::DoesNotOpen)));
        assert_eq!(trial.starts().len(), 2, "one process each");
    });
}

#[test]
fn the_program_gets_the_environment_without_our_settings() {
    let secret = "MINISTUDIO_STRIPE_SECRET_KEY";
    if std::env::var_os(secret).is_none() {
        // Once more, in a process that has a processor's secret.
        let again = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["the_program_gets_the_environment_without_our_settings", "--exact"])
            .env(secret, "canary")
            .env("KMS_TOKEN", "its own")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&again.stdout);
        assert!(again.status.success() && said.contains("1 passed"), "{said}");
        return;
    }
    run(async {
        let trial = Trial::new(&[1]);
        let _keeper = trial.keeper().await;
        let names = std::fs::read_to_string(trial.0.path().join("environment")).unwrap();
        assert!(names.lines().any(|name| name == "KMS_TOKEN"), "{names}");
        assert!(!names.contains("MINISTUDIO_"), "{names}");
    });
}

#[test]
fn a_key_is_asked_for_once_by_many_and_forgotten_in_time() {
    run(async {
        let trial = Trial::new(&[1]);
        let (by, wrapped) = trial.keeper().await.wrap(b"anna", &KEY, NONCE).await.unwrap();
        let before = trial.asked("unwrap");
        let keeper = trial.keeper().await;
        let many = (0..20).map(|_| keeper.unwrap(by, b"anna", &wrapped));
        for key in futures::future::join_all(many).await {
            assert_eq!(key.unwrap(), KEY);
        }
        assert_eq!(trial.asked("unwrap") - before, 1);
        let forgetful = trial.keeper_within(Limits { age_max: Duration::ZERO, ..Limits::default() }).await;
        for _ in 0..3 {
            forgetful.unwrap(by, b"anna", &wrapped).await.unwrap();
        }
        assert_eq!(trial.asked("unwrap") - before, 4);
    });
}

#[test]
fn answers_come_in_any_order_among_anything_else() {
    run(async {
        let trial = Trial::new(&[1]);
        let keeper = trial.keeper().await;
        let (by, anna) = keeper.wrap(b"anna", &KEY, NONCE).await.unwrap();
        let (_, ben) = keeper.wrap(b"ben", &[8; 32], NONCE).await.unwrap();
        let fresh = trial.keeper().await;
        trial.mood("in pairs");
        let both = tokio::join!(fresh.unwrap(by, b"anna", &anna), fresh.unwrap(by, b"ben", &ben));
        assert_eq!((both.0.unwrap(), both.1.unwrap()), (KEY, [8; 32]));
        trial.mood("chats");
        let (_, chris) = keeper.wrap(b"chris", &[9; 32], NONCE).await.unwrap();
        assert_eq!(fresh.unwrap(by, b"chris", &chris).await.unwrap(), [9; 32]);
    });
}

#[test]
fn a_program_that_was_killed_is_started_again() {
    run(async {
        let trial = Trial::new(&[1]);
        let keeper = trial.keeper().await;
        let (by, wrapped) = keeper.wrap(b"anna", &KEY, NONCE).await.unwrap();
        let process = rustix::process::Pid::from_raw(trial.starts()[0]).unwrap();
        rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
        let (_, ben) = keeper.wrap(b"ben", &KEY, NONCE).await.unwrap();
        assert_eq!(trial.starts().len(), 2);
        // And when it ends over a call, that one is asked again.
        let fresh = trial.keeper().await;
        trial.mood("dies once");
        assert_eq!(fresh.unwrap(by, b"anna", &wrapped).await.unwrap(), KEY);
        assert_eq!(trial.starts().len(), 4);
        // One that ends each time is an error, with what it said, but not with the key.
        trial.mood("dies");
        let words = away(&fresh.unwrap(by, b"ben", &ben).await.unwrap_err());
        assert!(words.contains("exit status: 3") && words.contains("cannot go on with"), "{words}");
        away(&keeper.wrap(b"anna", &KEY, NONCE).await.unwrap_err());
        trial.mood("");
        assert_eq!(fresh.unwrap(by, b"ben", &ben).await.unwrap(), KEY);
    });
}

#[test]
fn an_error_says_what_happened_and_nothing_secret() {
    run(async {
        let trial = Trial::new(&[1]);
        let keeper = trial.keeper().await;
        trial.mood("denies");
        let words = away(&keeper.wrap(b"anna", &KEY, NONCE).await.unwrap_err());
        assert!(words.contains("wrap: it answered: denied"), "{words}");
        trial.mood("blabs");
        let words = away(&keeper.wrap(b"anna", &KEY, NONCE).await.unwrap_err());
        assert!(words.contains("not one short word"), "{words}");
        // Nobody relies on what does not open again.
        trial.mood("wraps another");
        let words = away(&keeper.wrap(b"anna", &KEY, NONCE).await.unwrap_err());
        assert!(words.contains("does not open again"), "{words}");
        assert_eq!(trial.starts().len(), 1, "an error is no reason to start it again");

        trial.mood("denies");
        assert!(CommandKeeper::start(&trial.words()).await.is_err());
        assert!(matches!(CommandKeeper::start(&[]).await, Err(Error::Keeper(_))));
        let nowhere = [trial.0.path().join("nowhere").display().to_string()];
        let error = CommandKeeper::start(&nowhere).await.err().unwrap();
        assert!(away(&error).contains("cannot be started"));
    });
}

#[test]
fn a_program_that_does_not_answer_is_not_waited_for_and_replaced() {
    run(async {
        let trial = Trial::new(&[1]);
        let (by, wrapped) = trial.keeper().await.wrap(b"anna", &KEY, NONCE).await.unwrap();
        let limits = Limits { answer: Duration::from_secs(2), ..Limits::default() };
        let keeper = trial.keeper_within(limits).await;
        let before = trial.starts().len();
        trial.mood("silent");
        let asked = keeper.unwrap(by, b"anna", &wrapped);
        assert!(away(&asked.await.unwrap_err()).contains("unwrap: no answer within 2s"));
        trial.mood("");
        assert_eq!(keeper.unwrap(by, b"anna", &wrapped).await.unwrap(), KEY);
        assert_eq!(trial.starts().len() - before, 1);
    });
}

#[test]
fn a_new_master_key_wraps_from_then_on_and_the_old_one_still_opens() {
    run(async {
        let trial = Trial::new(&[1]);
        let keeper = trial.keeper().await;
        let old = keeper.current();
        let vault = trial.vault(keeper);
        let (key, anna) = vault.new_data_key("anna").await.unwrap();
        let object = vault.put(&key, b"a photo").await.unwrap();
        assert_eq!(vault.rewrap("anna", &anna).await.unwrap(), None, "it is the current one already");

        trial.keys(&[2, 1]);
        // The running one learns of it when it wraps.
        let (_, ben) = vault.new_data_key("ben").await.unwrap();
        assert_ne!(ben.master().unwrap(), old);
        let anew = vault.rewrap("anna", &anna).await.unwrap().expect("wrapped anew");
        assert_eq!(anew.master().unwrap(), ben.master().unwrap());
        let fresh = trial.vault(trial.keeper().await);
        fresh.unwrap("anna", &anna).await.unwrap();

        trial.keys(&[2]);
        let new = trial.vault(trial.keeper().await);
        let key = new.unwrap("anna", &anew).await.unwrap();
        assert_eq!(&new.get(&key, &object).await.unwrap()[..], b"a photo");
        assert!(matches!(new.unwrap("anna", &anna).await, Err(Error::UnknownMasterKey(_))));
    });
}

#[test]
fn the_program_ends_with_its_keeper() {
    run(async {
        let trial = Trial::new(&[1]);
        drop(trial.keeper().await);
        let file = format!("/proc/{}/stat", trial.starts()[0]);
        for _ in 0..500 {
            // Nobody may have asked how it ended yet: there are as many runtimes here as tests.
            let stat = std::fs::read_to_string(&file).unwrap_or_default();
            if stat.is_empty() || stat.contains(") Z ") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it still runs");
    });
}
