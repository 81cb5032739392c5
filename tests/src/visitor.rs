//! A person without a browser: follows links, fills the pages' own forms and keeps cookies.
//! Reads the HTML that the program writes (not just any HTML).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use reqwest::cookie::{CookieStore, Jar};
use reqwest::header::HeaderMap;
use reqwest::{Client, StatusCode, redirect};

/// Someone at the pages. A copy keeps the same cookies.
#[derive(Clone)]
pub struct Visitor {
    client: Client,
    jar: Arc<Jar>,
    server: String,
    /// Where they are: the path of the page last shown.
    pub path: String,
    /// What the page last shown holds.
    pub html: String,
    /// Its status.
    pub status: StatusCode,
    /// The cookies that it set, as they were sent.
    pub set_cookies: Vec<String>,
    /// The headers that it came with.
    pub answer_headers: HeaderMap,
    /// Headers to send with every request.
    pub headers: HeaderMap,
}

/// What goes into a field.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// Words, or the value of a ticked box.
    Text(&'a str),
    /// A file to send.
    File(&'a Path),
}

impl Visitor {
    /// Someone new, with no cookies.
    pub fn new(server: &str) -> anyhow::Result<Self> {
        crate::prepare_tls();
        let jar = Arc::<Jar>::default();
        #[expect(clippy::disallowed_methods, reason = "a visitor comes from outside the program")]
        let client = Client::builder()
            .cookie_provider(Arc::clone(&jar))
            // A server that was started again may get the old one's port: no connection is kept for later.
            .pool_max_idle_per_host(0)
            .redirect(redirect::Policy::limited(10))
            .timeout(std::time::Duration::from_secs(60))
            .build()?;
        Ok(Self {
            client,
            jar,
            server: server.to_owned(),
            path: "/".into(),
            html: String::new(),
            status: StatusCode::OK,
            set_cookies: Vec::new(),
            answer_headers: HeaderMap::new(),
            headers: HeaderMap::new(),
        })
    }

    /// The server was started again at another address: same cookies (they belong to the host, not the port).
    pub fn moved_to(&mut self, server: &str) {
        self.server = server.to_owned();
    }

    /// As whoever has this session.
    pub fn in_session(self, session: &str) -> anyhow::Result<Self> {
        self.jar.add_cookie_str(&format!("ms-session={session}; Path=/"), &self.server.parse()?);
        Ok(self)
    }

    /// The value of the cookie that makes this somebody signed in.
    pub fn session(&self) -> anyhow::Result<String> {
        let cookies = self.jar.cookies(&self.server.parse()?).context("no cookies")?;
        let mut pairs = cookies.to_str()?.split("; ").filter_map(|pair| pair.split_once('='));
        Ok(pairs.find(|(name, _)| *name == "ms-session").context("not signed in")?.1.to_owned())
    }

    /// Every address of this server that the page last shown names, without what follows a `?` or `#`.
    pub fn addresses(&self) -> Vec<String> {
        let quoted = ["href=\"", "src=\"", "action=\"", "content=\""]
            .into_iter()
            .flat_map(|start| self.html.split(start).skip(1).filter_map(|rest| rest.split('"').next()));
        let own = quoted.map(|address| address.strip_prefix(&self.server).unwrap_or(address));
        let paths = own.filter(|path| path.starts_with('/') && !path.starts_with("//"));
        paths.filter_map(|path| Some(path.split(['?', '#']).next()?.to_owned())).collect()
    }

    /// Opens a page and follows redirects. An error only when there was no answer.
    pub async fn open(&mut self, path: &str) -> anyhow::Result<()> {
        let address =
            if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.server) };
        let answer = self.client.get(address).headers(self.headers.clone()).send().await?;
        self.take(answer).await
    }

    /// As [`Self::open`], where a page answers. Of anything else, a film or a stream of news, nothing is read. Whether
    /// it was a page.
    pub async fn open_page(&mut self, path: &str) -> anyhow::Result<bool> {
        let request = self.client.get(format!("{}{path}", self.server)).headers(self.headers.clone());
        let answer = request.send().await?;
        let kind = answer.headers().get("content-type").and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("text/html")) {
            return Ok(false);
        }
        self.take(answer).await?;
        Ok(true)
    }

    /// The bytes behind an address of this server.
    pub async fn fetch(&self, path: &str) -> anyhow::Result<(StatusCode, Vec<u8>)> {
        let answer = self.client.get(format!("{}{path}", self.server)).send().await?;
        let status = answer.status();
        Ok((status, answer.bytes().await?.to_vec()))
    }

    /// Fills and sends the form whose action holds `action`. Fields not named keep what the page put there.
    pub async fn submit(&mut self, action: &str, fields: &[(&str, Value<'_>)]) -> anyhow::Result<()> {
        let form =
            forms(&self.html).into_iter().find(|form| form.action.contains(action)).with_context(|| {
                format!("{} ({}) has no form to {action}: {}", self.path, self.status, self.words())
            })?;
        let mut values = form.values.clone();
        let mut files = Vec::new();
        for (name, value) in fields {
            match value {
                Value::Text(text) => drop(values.insert((*name).to_owned(), (*text).to_owned())),
                Value::File(path) => files.push(((*name).to_owned(), *path)),
            }
        }
        let address = match form.action.as_str() {
            "" => format!("{}{}", self.server, self.path),
            path => format!("{}{path}", self.server),
        };
        let mut request = self
            .client
            .request(if form.post { reqwest::Method::POST } else { reqwest::Method::GET }, address);
        // A browser says so by itself.
        request = request
            .headers(self.headers.clone())
            .header("Origin", &self.server)
            .header("Sec-Fetch-Site", "same-origin");
        request = if form.multipart {
            let mut body = reqwest::multipart::Form::new();
            for (name, value) in values {
                body = body.text(name, value);
            }
            for (name, path) in files {
                let bytes = std::fs::read(path)?;
                body = body.part(name, reqwest::multipart::Part::bytes(bytes).file_name("photo.jpg"));
            }
            request.multipart(body)
        } else if form.post {
            request.form(&values)
        } else {
            request.query(&values)
        };
        let answer = request.send().await?;
        self.take(answer).await
    }

    /// Sends exactly these fields, with the hidden ones of the form: boxes that are not named are not ticked.
    pub async fn choose(&mut self, action: &str, fields: &[(&str, &str)]) -> anyhow::Result<()> {
        let form =
            forms(&self.html).into_iter().find(|form| form.action.contains(action)).context("no form")?;
        let mut values: BTreeMap<String, String> =
            form.values.into_iter().filter(|(name, _)| form.hidden.contains(name)).collect();
        values.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let request =
            self.client.post(format!("{}{}", self.server, form.action)).headers(self.headers.clone());
        let answer = request.header("Sec-Fetch-Site", "same-origin").form(&values).send().await?;
        self.take(answer).await
    }

    /// Presses the first button of this name in a form whose action holds `action`.
    pub async fn press(&mut self, action: &str, button: &str) -> anyhow::Result<()> {
        let here = forms(&self.html).into_iter().filter(|form| form.action.contains(action));
        let value = here.flat_map(|form| form.buttons).find(|(name, _)| name == button);
        let (name, value) =
            value.with_context(|| format!("{} has no button {button}: {}", self.path, self.words()))?;
        self.choose(action, &[(&name, &value)]).await?;
        ensure!(self.status.is_success(), "after {button}: {} at {}", self.status, self.path);
        Ok(())
    }

    /// Says something in the messenger of a page.
    pub async fn say(&mut self, page: &str, words: &str) -> anyhow::Result<()> {
        let request = self.client.post(format!("{}/messenger", self.server)).headers(self.headers.clone());
        let said = serde_json::json!({"page": page, "words": words});
        let answer = request.header("Sec-Fetch-Site", "same-origin").json(&said).send().await?;
        ensure!(answer.status().is_success(), "the messenger answers {}", answer.status());
        self.take(answer).await
    }

    /// Tells something as a script of the page does.
    pub async fn tell(&mut self, path: &str, told: &serde_json::Value) -> anyhow::Result<()> {
        let request = self.client.post(format!("{}{path}", self.server)).headers(self.headers.clone());
        let answer = request.header("Sec-Fetch-Site", "same-origin").json(told).send().await?;
        ensure!(answer.status().is_success(), "{path} answers {}", answer.status());
        self.take(answer).await
    }

    /// As `submit`, and the page that follows must be a good one.
    pub async fn must_submit(&mut self, action: &str, fields: &[(&str, Value<'_>)]) -> anyhow::Result<()> {
        self.submit(action, fields).await?;
        ensure!(
            self.status.is_success(),
            "after {action}: {} at {}: {}",
            self.status,
            self.path,
            self.words()
        );
        Ok(())
    }

    /// The first link whose address holds this.
    pub fn link(&self, part: &str) -> anyhow::Result<String> {
        tags(&self.html, "a")
            .filter_map(|tag| attribute(tag, "href"))
            .find(|address| address.contains(part))
            .with_context(|| format!("{} has no link to {part}: {}", self.path, self.words()))
    }

    /// The words of the page's own part, for whoever has to find out what went wrong.
    pub fn words(&self) -> String {
        let main = self.html.split("<main").nth(1).unwrap_or(&self.html);
        let texts = main.split('<').filter_map(|rest| Some(rest.split_once('>')?.1.trim()));
        texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ").chars().take(2000).collect()
    }

    /// Says in which country the visitor is, as a trusted proxy does.
    pub fn in_country(mut self, code: &str) -> anyhow::Result<Self> {
        self.headers.insert("x-country", code.parse()?);
        Ok(self)
    }

    async fn take(&mut self, answer: reqwest::Response) -> anyhow::Result<()> {
        let cookies = answer.headers().get_all("set-cookie").iter();
        self.set_cookies = cookies.filter_map(|cookie| Some(cookie.to_str().ok()?.to_owned())).collect();
        self.answer_headers = answer.headers().clone();
        self.status = answer.status();
        let url = answer.url();
        self.path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        self.html = answer.text().await?;
        Ok(())
    }
}

/// Signs up with the link in the mail of the outbox page.
pub async fn sign_up(visitor: &mut Visitor, email: &str) -> anyhow::Result<()> {
    visitor.open("/sign-up").await?;
    visitor
        .must_submit("/sign-up", &[("email", Value::Text(email)), ("adult", Value::Text("adult-1"))])
        .await?;
    visitor.open("/outbox").await?;
    visitor.open(&visitor.link("/outbox/")?).await?;
    let link = visitor.link("/sign-in/link/")?;
    visitor.open(&link).await?;
    // In the browser that waits for it the link signs in at once; elsewhere it asks.
    if visitor.path.starts_with("/sign-in/link/") {
        visitor.must_submit("/sign-in/link/", &[]).await?;
    }
    Ok(())
}

/// Orders the engine's own tiny film and pays: the site must have it ([`crate::tiny_film`]). `boxes` are ticked at
/// the till, each by its name with its wording. Ends where the film is watched.
pub async fn order_tiny(
    visitor: &mut Visitor,
    name: &str,
    photo: &Path,
    boxes: &[(&str, &str)],
) -> anyhow::Result<()> {
    visitor.open("/create/tiny").await?;
    let fields = [("guardian", Value::Text("guardian-1")), ("photo", Value::File(photo))];
    visitor.must_submit("/photo", &fields).await?;
    visitor.open("/create/tiny").await?;
    let fields = [("name", Value::Text(name)), ("option-age", Value::Text("5"))];
    visitor.must_submit("/child", &fields).await?;
    visitor.open("/create/tiny/till").await?;
    let mut fields = vec![("outcome", Value::Text("pay"))];
    fields.extend(boxes.iter().map(|(name, wording)| (*name, Value::Text(wording))));
    visitor.must_submit("/till", &fields).await?;
    ensure!(visitor.path.starts_with("/minitube/"), "paying led to {}", visitor.path);
    Ok(())
}

/// Waits until the library offers the film as a file.
pub async fn film_is_whole(visitor: &mut Visitor) -> anyhow::Result<()> {
    for _ in 0..600 {
        visitor.open("/library").await?;
        if visitor.html.contains("film.mp4?download") {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    anyhow::bail!("the film never became whole: {}", visitor.html)
}

/// Somebody without cookies who follows no redirect: a request exactly as it is written.
#[expect(clippy::disallowed_methods, reason = "a visitor comes from outside the program")]
pub fn plain_client() -> anyhow::Result<Client> {
    crate::prepare_tls();
    Ok(Client::builder().redirect(redirect::Policy::none()).build()?)
}

struct Form {
    action: String,
    post: bool,
    multipart: bool,
    values: BTreeMap<String, String>,
    hidden: Vec<String>,
    /// Names and values of its buttons.
    buttons: Vec<(String, String)>,
}

fn forms(html: &str) -> Vec<Form> {
    html.split("<form")
        .skip(1)
        .map(|rest| {
            let (head, body) = rest.split_once('>').unwrap_or((rest, ""));
            let body = body.split("</form>").next().unwrap_or(body);
            let (mut values, mut hidden) = (BTreeMap::new(), Vec::new());
            for tag in tags(body, "input") {
                let kind = attribute(tag, "type").unwrap_or_default();
                if kind == "hidden" {
                    hidden.extend(attribute(tag, "name"));
                }
                let ticked = has(tag, "checked");
                if matches!(kind.as_str(), "file" | "submit")
                    || (matches!(kind.as_str(), "checkbox" | "radio") && !ticked)
                {
                    continue;
                }
                if let Some(name) = attribute(tag, "name") {
                    values.insert(name, attribute(tag, "value").unwrap_or_default());
                }
            }
            for (at, tag) in body.match_indices("<select").map(|(at, _)| (at, &body[at..])) {
                let inside = tag.split("</select>").next().unwrap_or(tag);
                let options: Vec<&str> = tags(inside, "option").collect();
                let chosen = options.iter().find(|option| has(option, "selected")).or(options.first());
                let head = body[at + 7..].split('>').next().unwrap_or_default();
                if let (Some(name), Some(option)) = (attribute(head, "name"), chosen) {
                    values.insert(name, attribute(option, "value").unwrap_or_default());
                }
            }
            Form {
                action: attribute(head, "action").unwrap_or_default(),
                post: attribute(head, "method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
                multipart: attribute(head, "enctype").is_some_and(|kind| kind.starts_with("multipart")),
                values,
                hidden,
                buttons: tags(body, "button")
                    .filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?)))
                    .collect(),
            }
        })
        .collect()
}

/// The inside of each opening tag of this name.
fn tags<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    html.split('<').filter_map(move |rest| {
        let inside = rest.strip_prefix(name)?;
        inside
            .starts_with(|c: char| c.is_whitespace() || c == '>')
            .then(|| inside.split('>').next().unwrap_or(inside))
    })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = format!(" {name}=\"");
    let rest = &tag[tag.find(&start)? + start.len()..];
    Some(
        rest.split('"')
            .next()?
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

fn has(tag: &str, name: &str) -> bool {
    tag.split_whitespace().any(|word| word.split('=').next() == Some(name))
}

#[cfg(test)]
mod tests {
    use super::forms;

    #[test]
    fn reads_the_forms_of_a_page() {
        let found = forms(
            r#"<form action="/a?x=1&amp;y" method="post" enctype="multipart/form-data"><input type="hidden" name="token" value="t&quot;k">
               <input name="adult" type="checkbox" value="yes"><input type="radio" name="face" value="1" checked>
               <select name="lang"><option value="de">D</option><option value="fr" selected>F</option></select></form>"#,
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].action, "/a?x=1&y");
        assert!(found[0].post && found[0].multipart);
        let values: Vec<(&str, &str)> =
            found[0].values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(values, [("face", "1"), ("lang", "fr"), ("token", "t\"k")]);
    }
}
