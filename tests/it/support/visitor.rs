//! A browser without scripts: it keeps cookies, follows redirects and sends forms as they stand in the page.

use std::cell::RefCell;

use scraper::{ElementRef, Html, Selector};
use ureq::http::{HeaderMap, Request};
use ureq::{Agent, ResponseExt};

use super::{Home, PATIENCE, Program, Stream};

/// Somebody who looks at the pages.
pub(crate) struct Visitor {
    agent: Agent,
    base: String,
    language: RefCell<String>,
}

/// A page as it came.
pub(crate) struct Page {
    pub(crate) status: u16,
    /// Path and query, after redirects.
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) headers: HeaderMap,
    html: Html,
}

/// The name and password that [`Visitor::set_up`] gives the first administrator.
pub(crate) const ADMINISTRATOR: (&str, &str) = ("ada", "correct horse battery");

impl Visitor {
    pub(crate) fn new(program: &Program) -> Self {
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE)).max_redirects(5).build();
        Self {
            agent: config.new_agent(),
            base: format!("http://{}", program.http),
            language: RefCell::new("en".to_owned()),
        }
    }

    /// Asks for this language from now on.
    pub(crate) fn speaks(&self, language: &str) {
        language.clone_into(&mut self.language.borrow_mut());
    }

    /// Goes through the setup link as a newcomer does, and is signed in as the first administrator.
    pub(crate) fn set_up(program: &mut Program) -> Self {
        let visitor = Self::new(program);
        let link = program.line("setup: ");
        let path = link.strip_prefix(&visitor.base).expect("a link to this program");
        let page = visitor.get(path);
        let (name, password) = ADMINISTRATOR;
        let page = visitor.submit(&page, "main form", &[("name", name), ("password", password), ("again", password)]);
        assert_eq!((page.status, page.path.as_str()), (200, "/entries"), "{}", page.text);
        visitor
    }

    /// Signs in as the administrator that [`Visitor::set_up`] made.
    pub(crate) fn sign_in(program: &Program) -> Self {
        Self::sign_in_as(program, ADMINISTRATOR.0)
    }

    /// Adds somebody with this role on the command line, and signs them in.
    pub(crate) fn with_role(home: &Home, program: &Program, role: &str) -> Self {
        let made = home.run(&["user", "add", role, "--role", role, "--password-stdin"], ADMINISTRATOR.1);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self::sign_in_as(program, role)
    }

    fn sign_in_as(program: &Program, name: &str) -> Self {
        let visitor = Self::new(program);
        let password = ADMINISTRATOR.1;
        let page = visitor.submit(&visitor.get("/sign-in"), "main form", &[("name", name), ("password", password)]);
        assert_eq!((page.status, page.path.as_str()), (200, "/entries"), "{}", page.text);
        visitor
    }

    pub(crate) fn get(&self, path: &str) -> Page {
        let request =
            self.agent.get(format!("{}{path}", self.base)).header("accept-language", &*self.language.borrow());
        self.page(request.call())
    }

    /// Sends fields to an address without having seen a form there.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request =
            self.agent.post(format!("{}{path}", self.base)).header("accept-language", &*self.language.borrow());
        self.page(request.send_form(fields.iter().copied()))
    }

    /// Sends whatever it is told, with the cookies that it has, and follows no redirect.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if !headers.iter().any(|(name, _)| *name == "accept-language") {
            request = request.header("accept-language", &*self.language.borrow());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_owned()).expect("a request");
        let request = self.agent.configure_request(request).max_redirects(0).build();
        self.page(self.agent.run(request))
    }

    /// Its cookies, as a header would send them.
    pub(crate) fn cookies(&self) -> String {
        let jar = self.agent.cookie_jar_lock();
        let cookies: Vec<String> = jar.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value())).collect();
        cookies.join("; ")
    }

    /// Opens the status stream of these entries.
    pub(crate) fn stream(&self, ids: &str) -> Stream {
        let answer = self.agent.get(format!("{}/entries/status?ids={ids}", self.base)).call().expect("an answer");
        assert_eq!(answer.status().as_u16(), 200);
        Stream::of(answer.into_body().into_reader())
    }

    /// Sends the form at `selector` with everything that it holds, and these values over it. A button counts as pressed
    /// when it is named here.
    #[track_caller]
    pub(crate) fn submit(&self, page: &Page, selector: &str, values: &[(&str, &str)]) -> Page {
        let form = page.one(selector);
        let action = form.attr("action").filter(|a| !a.is_empty()).unwrap_or(&page.path).to_owned();
        let mut fields = held(form);
        for (name, value) in values {
            fields.retain(|(held, _)| held != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        if form.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post")) {
            self.post(&action, &fields)
        } else {
            let query: Vec<String> = fields.iter().map(|(n, v)| format!("{n}={}", encoded(v))).collect();
            self.get(&format!("{action}?{}", query.join("&")))
        }
    }

    fn page(&self, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Page {
        let mut answer = answer.expect("an answer");
        let path = answer.get_uri().path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.body_mut().read_to_string().expect("a text");
        Page { status, path, headers, html: Html::parse_document(&text), text }
    }
}

impl Page {
    /// The one element at `selector`.
    #[track_caller]
    pub(crate) fn one(&self, selector: &str) -> ElementRef<'_> {
        let found = self.all(selector);
        assert!(!found.is_empty(), "{} ({}) has no {selector}:\n{}", self.path, self.status, self.text);
        found[0]
    }

    pub(crate) fn all(&self, selector: &str) -> Vec<ElementRef<'_>> {
        self.html.select(&Selector::parse(selector).expect("a selector")).collect()
    }

    /// The value of the first element at `selector`.
    #[track_caller]
    pub(crate) fn value(&self, selector: &str) -> String {
        self.one(selector).attr("value").unwrap_or_default().to_owned()
    }

    /// A header; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The words of the first element at `selector`, with single blanks.
    #[track_caller]
    pub(crate) fn words(&self, selector: &str) -> String {
        words(self.one(selector))
    }
}

/// Percent-encodes a value of a query or of a form.
pub(crate) fn encoded(text: &str) -> String {
    let byte = |b: u8| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") };
    text.bytes().map(byte).collect()
}

/// The words of an element, with single blanks.
pub(crate) fn words(element: ElementRef<'_>) -> String {
    element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// What a browser would send of this form without a change.
fn held(form: ElementRef<'_>) -> Vec<(String, String)> {
    let selector = Selector::parse("input[name], select[name], textarea[name]").expect("a selector");
    let option = Selector::parse("option").expect("a selector");
    let value = |element: ElementRef<'_>| -> Option<String> {
        if element.attr("disabled").is_some() {
            return None;
        }
        match (element.value().name(), element.attr("type").unwrap_or("text")) {
            ("select", _) => {
                let options: Vec<ElementRef<'_>> = element.select(&option).collect();
                let chosen = options.iter().find(|o| o.attr("selected").is_some()).or(options.first())?;
                Some(chosen.attr("value").map_or_else(|| words(*chosen), ToOwned::to_owned))
            }
            ("textarea", _) => Some(element.text().collect()),
            (_, "submit" | "button" | "image" | "reset") => None,
            (_, "checkbox" | "radio") if element.attr("checked").is_none() => None,
            (_, "checkbox" | "radio") => Some(element.attr("value").unwrap_or("on").to_owned()),
            (_, _) => Some(element.attr("value").unwrap_or_default().to_owned()),
        }
    };
    form.select(&selector).filter_map(|element| Some((element.attr("name")?.to_owned(), value(element)?))).collect()
}
