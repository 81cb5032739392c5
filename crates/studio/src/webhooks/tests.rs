//! What processors tell, on both databases.

use futures::future::BoxFuture;
use processors::Connected;
use processors::role::Opened;

use super::*;
use crate::Outside;
use crate::db::testing::{Kit, on_both_with};

/// Believes whoever shows `signed`. The body is the delivery's id, and after it a checkout that nobody here knows.
struct Simple;

impl Hook for Simple {
    fn open<'a>(
        &'a self,
        header: &'a (dyn Fn(&str) -> Option<String> + Send + Sync),
        body: &'a [u8],
        _: i64,
    ) -> BoxFuture<'a, std::result::Result<Opened, HookError>> {
        Box::pin(async move {
            match header("signature").as_deref() {
                Some("signed") => {}
                Some("keys away") => return Err(HookError::Away("its keys are out of reach".into())),
                _ => return Err(HookError::NotBelieved("it is not signed".into())),
            }
            let text = String::from_utf8(body.to_vec()).map_err(|_| HookError::Malformed("text".into()))?;
            let (id, stream) = text.split_once(' ').unwrap_or((&text, ""));
            let news = News::Stream { stream: stream.to_owned() };
            Ok(Opened { id: id.to_owned(), news: if stream.is_empty() { vec![] } else { vec![news] } })
        })
    }
}

fn with(body: impl AsyncFn(&Kit)) {
    let connect = |outside: &mut Outside| {
        outside.connect = Arc::new(|_| {
            let mut connected = Connected::default();
            connected.hooks.insert(ProcessorId::Mux, Arc::new(Simple));
            Ok(connected)
        });
    };
    on_both_with(connect, body);
}

async fn told(kit: &Kit, processor: &str, signature: &str, body: &str) -> &'static str {
    let header = |name: &str| (name == "signature").then(|| signature.to_owned());
    match kit.studio.webhooks().take(processor, &header, body.as_bytes()).await {
        Ok(()) => "taken",
        Err(error) => error.code(),
    }
}

#[test]
fn only_what_a_connected_processor_signed_is_kept_and_once() {
    with(async |kit| {
        assert_eq!(told(kit, "mux", "signed", "1 a").await, "taken");
        assert_eq!(told(kit, "mux", "signed", "1 a").await, "taken");
        assert_eq!(told(kit, "mux", "forged", "2 a").await, "webhook-refused");
        assert_eq!(told(kit, "mux", "keys away", "2 a").await, "webhook-later");
        assert_eq!(told(kit, "mux", "signed", "").await, "taken", "nobody waits for it: nothing is kept");
        assert_eq!(told(kit, "stripe", "signed", "3 a").await, "webhook-not-found");
        assert_eq!(told(kit, "nobody", "signed", "3 a").await, "webhook-not-found");
        let long = "x".repeat(ID_BYTES_MAX + 1);
        assert_eq!(told(kit, "mux", "signed", &format!("{long} a")).await, "webhook-refused");
        assert_eq!(kit.rows("webhooks").await, 1);
        // Worked off, it is remembered as long as it may come again, and no longer.
        kit.studio.webhooks().carry_on(Condition::all()).await.unwrap();
        let row = rows::Entity::find().one(kit.studio.db().read()).await.unwrap().unwrap();
        assert_eq!((row.news.as_str(), row.done_at_ms), (NO_NEWS, Some(kit.studio.now_ms())));
        assert_eq!(told(kit, "mux", "signed", "1 a").await, "taken");
        kit.clock.advance(REMEMBERED_MS);
        kit.studio.webhooks().carry_on(Condition::all()).await.unwrap();
        assert_eq!(kit.rows("webhooks").await, 1);
        kit.clock.advance(1);
        kit.studio.webhooks().carry_on(Condition::all()).await.unwrap();
        assert_eq!(kit.rows("webhooks").await, 0);
    });
}

#[test]
fn what_cannot_be_worked_off_is_given_up_and_shown_and_can_be_tried_again() {
    with(async |kit| {
        assert_eq!(told(kit, "mux", "signed", "1 a").await, "taken");
        // What no version of the program can read.
        rows::Entity::update_many()
            .col_expr(rows::Column::News, Expr::value("[{\"of\":\"nothing\"}]"))
            .exec(kit.studio.db().write())
            .await
            .unwrap();
        let webhooks = kit.studio.webhooks();
        for _ in 0..TRIES_MAX {
            assert!(webhooks.dead().await.unwrap().is_empty());
            webhooks.carry_on(Condition::all()).await.unwrap();
            kit.clock.advance(DAY_MS);
        }
        let dead = webhooks.dead().await.unwrap();
        assert_eq!((dead.len(), dead[0].processor.as_str()), (1, "mux"));
        webhooks.try_again(&dead[0].id).await.unwrap();
        assert!(webhooks.dead().await.unwrap().is_empty());
        assert_eq!(webhooks.try_again("mux/9").await.unwrap_err().code(), "webhook-not-found");
        // It holds up no other, and is forgotten in the end.
        assert_eq!(told(kit, "mux", "signed", "2 a").await, "taken");
        for _ in 0..TRIES_MAX {
            webhooks.carry_on(Condition::all()).await.unwrap();
            assert_eq!(kit.rows("webhooks WHERE done_at_ms IS NOT NULL").await, 1);
            kit.clock.advance(DAY_MS);
        }
        assert_eq!(webhooks.dead().await.unwrap().len(), 1);
        kit.clock.advance(DEAD_MS);
        webhooks.carry_on(Condition::all()).await.unwrap();
        assert_eq!(kit.rows("webhooks").await, 0);
    });
}
