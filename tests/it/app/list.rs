//! The list: sorted, paged both ways, searched.

use serde_json::{Value, json};

use crate::support::{Page, Stage, Visitor, words};

/// A stage with 130 disabled entries, so that nothing is sent; DDIs rise while usernames fall.
fn stage() -> (Stage, Visitor) {
    let mut stage = Stage::new(&[]);
    let visitor = Visitor::set_up(&mut stage.program);
    for name in ["North_1", "100% South"] {
        assert_eq!(stage.api.post("/contracts", &json!({ "name": name })).status, 201);
    }
    let entry = |n: i32| {
        let contract = [Value::Null, json!(1), json!(2)][usize::try_from(n % 3).unwrap()].clone();
        json!({ "username": format!("u{:03}", 500 - n), "domain": format!("d{}.example", n % 4), "password": "p",
                "ddi": format!("34{n:03}"), "enabled": false, "contract_id": contract })
    };
    let made = stage.api.post("/registrations", &Value::Array((0..130).map(entry).collect()));
    assert_eq!(made.status, 201, "{made:?}");
    (stage, visitor)
}

/// What stands in a column, from 1; before the first is where it is ticked.
fn column(page: &Page, n: usize) -> Vec<String> {
    page.all(&format!("tbody tr > :nth-child({})", n + 1)).into_iter().map(words).collect()
}

fn turn(visitor: &Visitor, page: &Page, rel: &str) -> Option<Page> {
    let link = page.all(&format!("a[rel={rel}]")).first().and_then(|a| a.attr("href")).map(ToOwned::to_owned)?;
    Some(visitor.get(&link))
}

#[test]
fn pages_follow_each_other_forwards_and_backwards_in_every_size_and_order() {
    let (_stage, visitor) = stage();
    for size in [25, 50, 100] {
        for (sort, order, n) in [("ddi", "", 1), ("username", "desc", 2), ("domain", "", 3), ("contract", "desc", 4)] {
            let first = format!("/entries?per={size}&sort={sort}&order={order}");
            let mut pages = vec![visitor.get(&first)];
            assert!(pages[0].all("a[rel=prev]").is_empty(), "{first}: something lies before the first page");
            while let Some(next) = turn(&visitor, pages.last().unwrap(), "next") {
                pages.push(next);
            }
            assert_eq!(pages.len(), 130usize.div_ceil(size), "{first}");
            let ddis: Vec<String> = pages.iter().flat_map(|page| column(page, 1)).collect();
            let different: std::collections::BTreeSet<&String> = ddis.iter().collect();
            assert_eq!((ddis.len(), different.len()), (130, 130), "{first}: lost or doubled");
            let sorted: Vec<String> = pages.iter().flat_map(|page| column(page, n)).collect();
            let in_order = |a: &String, b: &String| if order == "desc" { a >= b } else { a <= b };
            assert!(sorted.is_sorted_by(in_order), "{first}: {sorted:?}");
            for at in (1..pages.len()).rev() {
                let back = turn(&visitor, &pages[at], "prev").expect("a page before");
                assert_eq!(column(&back, 1), column(&pages[at - 1], 1), "{first}: back from page {at}");
            }
            let aria = if order == "desc" { "descending" } else { "ascending" };
            let head = pages[0].one(&format!("th:nth-child({})", n + 1)).attr("aria-sort");
            assert_eq!(head, Some(aria), "{first}");
        }
    }
}

#[test]
fn a_head_sorts_by_its_column_and_again_the_other_way() {
    let (_stage, visitor) = stage();
    let page = visitor.get("/entries?q=d1&per=50");
    let press = |page: &Page| visitor.get(page.one("th.of-username a").attr("href").expect("a link"));
    let up = press(&page);
    assert!(column(&up, 2).is_sorted() && column(&up, 3).iter().all(|domain| domain == "d1.example"));
    let down = press(&up);
    assert!(column(&down, 2).is_sorted_by(|a, b| a >= b), "{:?}", column(&down, 2));
    assert_eq!(press(&down).path, up.path);
}

#[test]
fn a_search_finds_parts_of_every_column_without_wildcards() {
    let (_stage, visitor) = stage();
    for (search, found) in [
        ("34007", 1),
        ("U493", 1),
        ("d2.EXAMPLE", 32),
        ("north_", 43),
        ("100%", 43),
        ("%", 43),
        ("_", 43),
        ("nothing of this", 0),
        ("' OR 1=1 --", 0),
        ("\\", 0),
    ] {
        let page = visitor.submit(&visitor.get("/entries?per=100"), "form.search", &[("q", search)]);
        assert_eq!((page.status, page.all("tbody tr").len()), (200, found), "{search:?}");
        assert_eq!(page.all("#q").first().and_then(|q| q.attr("value")), Some(search));
        if found == 0 {
            assert!(page.words(".notice").contains("Nothing matches"));
        } else {
            assert!(
                page.words(".paging").contains(&format!("Total: {found}")),
                "{search:?}: {}",
                page.words(".paging")
            );
        }
    }
    let page = visitor.get("/entries?q=example&per=25");
    let next = turn(&visitor, &page, "next").expect("more");
    assert_eq!(next.value("#q"), "example", "the search stays while paging");
}

#[test]
fn a_search_that_finds_thousands_is_not_counted_to_its_end_and_what_is_done_with_all_is() {
    let (stage, visitor) = stage();
    let entry = |n: i32| {
        json!({ "username": format!("w{n:05}"), "domain": "wide.example", "password": "p", "ddi": format!("4{n:05}"),
                "enabled": false })
    };
    assert_eq!(stage.api.post("/registrations", &Value::Array((0..10_000).map(entry).collect())).status, 201);
    let told = |page: &Page| (page.words(".paging span"), page.words("button[value=all]"));
    let counted = ("Total: 10,000".to_owned(), "For all 10,000 results".to_owned());
    assert_eq!(told(&visitor.get("/entries?q=wide")), counted, "so many are counted");
    let page = visitor.get("/entries?q=example&sort=username&order=desc");
    assert_eq!(column(&page, 2)[0], "w09999");
    let many = ("Total: more than 10,000".to_owned(), "For all results (more than 10,000)".to_owned());
    assert_eq!(told(&page), many);
    let ask = visitor.submit(&page, "form#bulk", &[("action", "enable"), ("scope", "all")]);
    assert!(ask.words("h1").contains("Enable 10,130 SIP registrations?"), "{}", ask.words("h1"));
    let api = |query: &str| {
        let body = stage.api.get(&format!("/registrations?limit=1{query}")).body;
        (body["total"].clone(), body["total_exact"].clone())
    };
    assert_eq!(api("&search=example"), (json!(10_000), json!(false)));
    assert_eq!((api("&search=wide"), api("")), ((json!(10_000), json!(true)), (json!(10_130), json!(true))));
    visitor.speaks("es");
    let many = ("Total: más de 10.000".to_owned(), "Para todos los resultados (más de 10.000)".to_owned());
    assert_eq!(told(&visitor.get("/entries?q=example")), many);
}

#[test]
fn nonsense_in_the_address_is_the_first_page() {
    let (_stage, visitor) = stage();
    let first = column(&visitor.get("/entries"), 1);
    for query in
        ["after=garbage", "before=%00", "per=1000000", "sort=password", "order=sideways", "after=MTox&before=x"]
    {
        let page = visitor.get(&format!("/entries?{query}"));
        assert_eq!(page.status, 200, "{query}");
        if query != "after=MTox&before=x" {
            assert_eq!(column(&page, 1), first, "{query}");
        }
    }
}
