//! Marketing in the running program: the three ways to agree, the ways to stop, that stopping is at once, and campaigns
//! that go by day.

use anyhow::{Context, ensure};
use e2e::site::Site;
use e2e::visitor::{Value, Visitor, order_tiny, plain_client, sign_up};
use e2e::{drawn_child, tiny_film};
use sqlx::Row;

/// What is on record, oldest first: status, method, wording, and whether agreeing takes a second step where they are; each
/// must have its day.
async fn record(site: &Site) -> anyhow::Result<Vec<[String; 4]>> {
    let law = "case when confirm then 'two steps' else 'one step' end";
    let rows = format!("select status, method, wording, {law}, at_ms from marketing_acts order by at_ms, id");
    let rows = site.rows(&rows).await?;
    ensure!(rows.iter().all(|row| row.get::<i64, _>(4) > 1_700_000_000_000));
    Ok(rows.iter().map(|row| [0, 1, 2, 3].map(|at| row.get(at))).collect())
}

/// Moves the clock to an hour of the day (UTC), so many days ahead.
#[expect(clippy::disallowed_methods, reason = "the test stands outside the program")]
fn at_hour(site: &Site, days: i64, hour: i64) -> anyhow::Result<()> {
    let now_s = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs() as i64;
    site.at((now_s / 86_400 + days) * 86_400 + hour * 3_600 - now_s)
}

/// The operator writes a campaign and begins it.
async fn campaign(operator: &mut Visitor, mailing: &str, subject: &str, text: &str) -> anyhow::Result<()> {
    operator.open("/desk/campaigns").await?;
    let fields = [
        ("mailing", Value::Text(mailing)),
        ("subject-en", Value::Text(subject)),
        ("text-en", Value::Text(text)),
    ];
    operator.must_submit("/desk/campaigns", &fields).await?;
    ensure!(operator.html.contains("Being written"), "{}", operator.words());
    operator.choose("/desk/campaigns/", &[("todo", "start")]).await?;
    ensure!(operator.html.contains("Going out"), "{}", operator.words());
    Ok(())
}

fn line(status: &str, method: &str, wording: &str, law: &str) -> [String; 4] {
    [status, method, wording, law].map(str::to_owned)
}

#[tokio::test]
async fn proves_s2_6_consent_is_stored_with_status_day_method_and_wording_by_each_way() -> anyhow::Result<()>
{
    // The box when signing up; the link of the first mail confirms it.
    let site = Site::start(&[])?;
    let mut parent = site.visitor("DE")?;
    parent.open("/sign-up").await?;
    ensure!(!parent.html.contains(" checked"), "a box is ticked beforehand");
    let fields = [
        ("email", Value::Text("a@example.org")),
        ("adult", Value::Text("adult-1")),
        ("marketing", Value::Text("marketing-1")),
    ];
    parent.must_submit("/sign-up", &fields).await?;
    ensure!(record(&site).await? == [line("subscribed", "sign-up", "marketing-1", "two steps")]);
    parent.open("/outbox").await?;
    parent.open(&parent.link("/outbox/")?).await?;
    ensure!(parent.html.contains("opening the link confirms that"), "{}", parent.html);
    parent.open(&parent.link("/sign-in/link/")?).await?;
    let confirmed = line("confirmed", "mail-link", "marketing-1", "two steps");
    ensure!(record(&site).await?.last() == Some(&confirmed));

    // The switch in the account, off and on again; in Germany turning it on asks for a confirmation.
    parent.open("/account").await?;
    parent.choose("/account/marketing", &[]).await?;
    ensure!(record(&site).await?.last() == Some(&line("unsubscribed", "settings", "", "two steps")));
    parent.open("/account").await?;
    parent.must_submit("/account/marketing", &[("marketing", Value::Text("marketing-1"))]).await?;
    ensure!(record(&site).await?.last() == Some(&line("subscribed", "settings", "marketing-1", "two steps")));
    parent.open("/outbox").await?;
    parent.open(&parent.link("/outbox/")?).await?;
    parent.open(&parent.link("/preferences/")?).await?;
    parent.submit("/preferences/", &[("decision", Value::Text("confirm"))]).await?;
    ensure!(record(&site).await?.last() == Some(&confirmed));

    // A box at the till, here where one act is enough.
    let site = Site::start_working(&[("MINISTUDIO_FILMS", &tiny_film())])?;
    let mut parent = site.visitor("FR")?;
    sign_up(&mut parent, "b@example.org").await?;
    ensure!(record(&site).await?.is_empty(), "nothing is on record that nobody did");
    order_tiny(&mut parent, "Mia", &drawn_child(1), &[("marketing", "marketing-1")]).await?;
    ensure!(record(&site).await? == [line("subscribed", "checkout", "marketing-1", "one step")]);

    // The other box there: a customer who leaves it alone, and one who objects.
    let site = Site::start_working(&[("MINISTUDIO_FILMS", &tiny_film())])?;
    let mut parent = site.visitor("US")?;
    sign_up(&mut parent, "c@example.org").await?;
    order_tiny(&mut parent, "Mia", &drawn_child(1), &[]).await?;
    ensure!(record(&site).await? == [line("customer", "checkout", "customer-1", "one step")]);
    let site = Site::start_working(&[("MINISTUDIO_FILMS", &tiny_film())])?;
    let mut parent = site.visitor("US")?;
    sign_up(&mut parent, "d@example.org").await?;
    order_tiny(&mut parent, "Mia", &drawn_child(1), &[("objects", "customer-1")]).await?;
    ensure!(record(&site).await? == [line("unsubscribed", "checkout", "", "two steps")]);
    Ok(())
}

#[tokio::test]
async fn proves_s3_3_a_campaign_goes_to_whom_it_may_and_one_click_stops_it_at_once() -> anyhow::Result<()> {
    let site = Site::start_working(&[("MINISTUDIO_FILMS", &tiny_film())])?;
    // By day in Europe, by night in America.
    at_hour(&site, 1, 10)?;
    // One who agreed, one who bought and was told, one who bought in a country where that is no ground, one who
    // bought and objected, one who did nothing.
    let person = async |country: &str, email: &str| -> anyhow::Result<Visitor> {
        let mut parent = site.visitor(country)?;
        sign_up(&mut parent, email).await?;
        Ok(parent)
    };
    let mut agreed = person("FR", "agreed@example.org").await?;
    agreed.open("/account").await?;
    agreed.must_submit("/account/marketing", &[("marketing", Value::Text("marketing-1"))]).await?;
    order_tiny(&mut person("US", "customer@example.org").await?, "Mia", &drawn_child(1), &[]).await?;
    order_tiny(&mut person("PL", "polish@example.org").await?, "Mia", &drawn_child(1), &[]).await?;
    let mut objected = person("US", "objected@example.org").await?;
    order_tiny(&mut objected, "Mia", &drawn_child(1), &[("objects", "customer-1")]).await?;
    person("FR", "nothing@example.org").await?;

    let mut operator = site.operator().await?;
    campaign(&mut operator, "product-update", "Two new films", "A train and a parade.\n\nCome and see.")
        .await?;
    let sent = async |wanted: i64| -> anyhow::Result<()> {
        for _ in 0..300 {
            let rows = site.rows("select count(*) from mails where kind = 'product-update'").await?;
            if rows[0].get::<i64, _>(0) == wanted {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        anyhow::bail!("the campaign was not sent {wanted} times")
    };
    sent(1).await?;
    at_hour(&site, 1, 20)?;
    sent(2).await?;
    let to = site.rows("select a.created_at_ms, m.ground from mailings m join accounts a on a.id = m.account_id order by a.created_at_ms").await?;
    let grounds: Vec<String> = to.iter().map(|row| row.get(1)).collect();
    ensure!(grounds == ["consent", "customer"], "{grounds:?}");

    // The mail carries the way out, which needs no sign-in and stops at once.
    let mut reader = Visitor::new(&site.server.url)?;
    reader.open("/outbox").await?;
    let mut link = None;
    for mail in reader.html.split("href=\"").filter_map(|part| part.split('"').next()) {
        if !mail.starts_with("/outbox/") {
            continue;
        }
        let mut page = Visitor::new(&site.server.url)?;
        page.open(mail).await?;
        if page.html.contains("Two new films") && page.html.contains("agreed@example.org") {
            ensure!(page.html.contains("A train and a parade.") && page.html.contains("Mini Studio, Inc."));
            link = Some(page.link("/preferences/")?);
        }
    }
    let link = link.context("the campaign is not in the outbox")?;
    let mut stranger = Visitor::new(&site.server.url)?;
    stranger.open(&link).await?;
    ensure!(stranger.status.is_success() && stranger.html.contains("You get news and offers"));
    ensure!(!stranger.html.contains("agreed@example.org"), "the page says whose it is");
    // As mail programs do it (RFC 8058): no cookie, no page before it.
    let address = if link.starts_with("http") { link } else { format!("{}{link}", site.server.url) };
    let answer = plain_client()?.post(&address).form(&[("List-Unsubscribe", "One-Click")]).send().await?;
    ensure!(answer.status().is_redirection() || answer.status().is_success(), "{}", answer.status());
    let newest =
        site.rows("select status, method from marketing_acts order by at_ms desc, id desc limit 1").await?;
    ensure!(newest[0].get::<String, _>(0) == "unsubscribed" && newest[0].get::<String, _>(1) == "one-click");
    agreed.open("/account").await?;
    ensure!(!agreed.html.contains("id=\"marketing\" name=\"marketing\" value=\"marketing-1\" checked"));
    Ok(())
}

#[tokio::test]
async fn proves_s4_2_s4_3_s12_7_s13_2_unsubscribing_is_at_once_for_every_kind_and_leaves_the_mail_on_orders()
-> anyhow::Result<()> {
    let site = Site::start_working(&[("MINISTUDIO_FILMS", &tiny_film())])?;
    at_hour(&site, 1, 10)?;
    let (mut one, mut other) = (site.visitor("FR")?, site.visitor("FR")?);
    for (parent, email) in [(&mut one, "one@example.org"), (&mut other, "other@example.org")] {
        sign_up(parent, email).await?;
        parent.open("/account").await?;
        parent.must_submit("/account/marketing", &[("marketing", Value::Text("marketing-1"))]).await?;
    }
    let begin = async |mailing: &str, subject: &str| -> anyhow::Result<()> {
        campaign(&mut site.operator().await?, mailing, subject, "Come and see.").await
    };
    let sent = async |kind: &str, wanted: i64| -> anyhow::Result<()> {
        for _ in 0..300 {
            let rows = site.rows(&format!("select count(*) from mails where kind = '{kind}'")).await?;
            if rows[0].get::<i64, _>(0) >= wanted {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
        anyhow::bail!("{kind} was not sent {wanted} times")
    };
    begin("product-update", "Two new films").await?;
    sent("product-update", 2).await?;

    // From a delivered mail, in a browser that has never been here.
    let mut reader = Visitor::new(&site.server.url)?;
    reader.open("/outbox").await?;
    let mut link = None;
    for mail in reader.addresses().into_iter().filter(|path| path.starts_with("/outbox/")) {
        let mut page = Visitor::new(&site.server.url)?;
        page.open(&mail).await?;
        if page.html.contains("Two new films") && page.html.contains("one@example.org") {
            link = Some(page.link("/preferences/")?);
        }
    }
    let link = link.context("the campaign is not in the outbox")?;
    let mut fresh = Visitor::new(&site.server.url)?;
    fresh.open(&link).await?;
    fresh.must_submit("/preferences/", &[("decision", Value::Text("stop"))]).await?;
    // A second click, on a page that is out of date, does no harm.
    let address = if link.starts_with("http") { link } else { format!("{}{link}", site.server.url) };
    let again = plain_client()?.post(&address).form(&[("decision", "stop")]).send().await?;
    ensure!(again.status().is_redirection(), "{}", again.status());
    let standing = site.rows("select status from marketing_acts where ended_at_ms is null or status = 'unsubscribed' order by at_ms desc, id desc limit 1").await?;
    ensure!(standing[0].get::<String, _>(0) == "unsubscribed");

    // Every kind of such mail from now on goes to the other alone.
    // Nobody gets two such mails within a week.
    at_hour(&site, 9, 10)?;
    begin("special-offer", "A lower price").await?;
    sent("special-offer", 1).await?;
    at_hour(&site, 17, 10)?;
    begin("product-update", "A third film").await?;
    sent("product-update", 3).await?;
    let grounds = site
        .rows("select count(*) from mailings m join accounts a on a.id = m.account_id where a.created_at_ms = (select min(created_at_ms) from accounts)")
        .await?;
    ensure!(grounds[0].get::<i64, _>(0) == 1, "who stopped was written to again");

    // What they order is told of all the same.
    order_tiny(&mut one, "Mia", &drawn_child(1), &[]).await?;
    sent("film-ready", 1).await
}
