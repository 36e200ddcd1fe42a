//! The house of `src/`: what may know what. Fails on an arrow that points up, on a circle, and on a word with two meanings.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// From the top down. A file knows files of its own floor and of those below. A name stands for a
/// module and all that is in it; the first that fits counts.
const FLOORS: &[&str] = &[
    "addon",
    "gateway::listener",
    "gateway::liveness",
    "gateway::tls",
    "gateway::http",
    "gateway::websocket",
    "gateway::server",
    "gateway::wire",
    "gateway::admission",
    "clock",
    "broker::registry",
    "broker::apps",
    "broker::rules",
    "broker::app",
    "broker::records",
    "broker::journal",
    "broker::outcome",
    "broker::call",
    "broker::outlet",
    "broker::under_way",
    "broker::event",
    "broker::id",
    "protocol",
    // The map itself, and the maps of folders, which only name what is in them.
    "",
];

type Name = Vec<String>;

/// A file of the crate.
struct Module {
    name: Name,
    /// Whether it is `lib.rs` or a `mod.rs`.
    is_map: bool,
    file: syn::File,
}

/// What a house knows: from each module to those it names.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Reads the files below `folder`. Tests may know everything, so they are left out.
fn modules(folder: &Path) -> Vec<Module> {
    let mut found = Vec::new();
    let mut folders = vec![(folder.to_owned(), Name::new())];
    while let Some((folder, name)) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let mut inner = name.clone();
            inner.push(stem.clone());
            if path.is_dir() {
                folders.push((path, inner));
            } else if !matches!(stem.as_str(), "tests" | "test_outlet") {
                let is_map = matches!(stem.as_str(), "lib" | "mod");
                let text = fs::read_to_string(&path).unwrap();
                found.push(Module {
                    name: if is_map { name.clone() } else { inner },
                    is_map,
                    file: syn::parse_file(&text).unwrap(),
                });
            }
        }
    }
    found
}

/// Finds the file in which something is written down.
struct House {
    modules: BTreeMap<Name, bool>,
    /// What maps pass on under a name of their own.
    passed_on: BTreeMap<Name, Name>,
}

impl House {
    fn of(modules: &[Module]) -> House {
        let mut house = House {
            modules: modules
                .iter()
                .map(|module| (module.name.clone(), module.is_map))
                .collect(),
            passed_on: BTreeMap::new(),
        };
        for module in modules.iter().filter(|module| module.is_map) {
            for item in &module.file.items {
                let Item::Use(item) = item else { continue };
                if !matches!(item.vis, Visibility::Inherited) {
                    for (local, path) in leaves(&item.tree) {
                        let mut name = module.name.clone();
                        name.push(local);
                        let path = absolute(&path, &module.name);
                        house.passed_on.insert(name, path);
                    }
                }
            }
        }
        house
    }

    /// The module of a path from the crate's root; `None` for what is only a map.
    fn module_of(&self, path: &[String]) -> Option<Name> {
        let mut path = path.to_vec();
        // A name may be passed on more than once.
        for _ in 0..8 {
            let Some((at, target)) = (1..=path.len())
                .rev()
                .find_map(|at| Some((at, self.passed_on.get(&path[..at])?)))
            else {
                break;
            };
            path = [target, &path[at..]].concat();
        }
        let at = (0..=path.len())
            .rev()
            .find(|&at| self.modules.contains_key(&path[..at]))?;
        // A map that is named alone passes nothing on; one that defines something is a file too.
        let is_map = self.modules[&path[..at]];
        (!is_map || at < path.len()).then(|| path[..at].to_vec())
    }

    fn arrows(&self, modules: &[Module]) -> Arrows {
        let mut arrows = Arrows::new();
        for module in modules {
            let mut reader = Reader {
                house: self,
                module: &module.name,
                is_map: module.is_map,
                locals: BTreeMap::new(),
                known: BTreeSet::new(),
            };
            reader.visit_file(&module.file);
            let known = arrows.entry(module.name.join("::")).or_default();
            known.extend(reader.known.iter().map(|name| name.join("::")));
            known.remove(&module.name.join("::"));
        }
        arrows
    }
}

/// A path as it is written, from the crate's root.
fn absolute(path: &[String], module: &[String]) -> Name {
    match path.first().map(String::as_str) {
        Some("crate") => path[1..].to_vec(),
        Some("self") => [module, &path[1..]].concat(),
        Some("super") => {
            let mut name = module.to_vec();
            let ups = path.iter().take_while(|part| *part == "super").count();
            name.truncate(name.len().saturating_sub(ups));
            [&name[..], &path[ups..]].concat()
        }
        _ => [module, path].concat(),
    }
}

/// The local names that a `use` makes, each with its path.
fn leaves(tree: &UseTree) -> Vec<(String, Name)> {
    match tree {
        UseTree::Path(path) => leaves(&path.tree)
            .into_iter()
            .map(|(local, mut rest)| {
                let ident = path.ident.to_string();
                let local = if rest == ["self"] {
                    rest.clear();
                    ident.clone()
                } else {
                    local
                };
                rest.insert(0, ident);
                (local, rest)
            })
            .collect(),
        UseTree::Name(name) => vec![(name.ident.to_string(), vec![name.ident.to_string()])],
        UseTree::Rename(name) => vec![(name.rename.to_string(), vec![name.ident.to_string()])],
        UseTree::Glob(_) => vec![("*".to_owned(), vec!["*".to_owned()])],
        UseTree::Group(group) => group.items.iter().flat_map(leaves).collect(),
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|condition| condition == "test")
    })
}

/// Collects what one file names.
struct Reader<'a> {
    house: &'a House,
    module: &'a [String],
    is_map: bool,
    /// What `use` has made of the first word of a path.
    locals: BTreeMap<String, Name>,
    known: BTreeSet<Name>,
}

impl Reader<'_> {
    fn name(&mut self, path: &[String]) {
        self.known.extend(self.house.module_of(path));
    }
}

impl<'a> Visit<'a> for Reader<'_> {
    fn visit_item(&mut self, item: &'a Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &[],
        };
        if !is_test(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        for (local, path) in leaves(&item.tree) {
            // Everything else is another crate.
            if !matches!(path[0].as_str(), "crate" | "self" | "super") && !self.is_map {
                continue;
            }
            let path = absolute(&path, self.module);
            if self.is_map && !matches!(item.vis, Visibility::Inherited) {
                continue;
            }
            self.name(&path);
            self.locals.insert(local, path);
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let parts: Name = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        let first = parts[0].as_str();
        if matches!(first, "crate" | "super") {
            let path = absolute(&parts, self.module);
            self.name(&path);
        } else if parts.len() > 1
            && let Some(local) = self.locals.get(first)
        {
            let path = [&local[..], &parts[1..]].concat();
            self.name(&path);
        }
        visit::visit_path(self, path);
    }
}

fn floor(module: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| {
            *floor == module
                || floor.is_empty()
                || module
                    .strip_prefix(floor)
                    .is_some_and(|rest| rest.starts_with("::"))
        })
        .unwrap()
}

/// The arrows that point up, as `from -> to`.
fn upward(arrows: &Arrows) -> Vec<String> {
    let all = arrows
        .iter()
        .flat_map(|(from, known)| known.iter().map(move |to| (from, to)));
    all.filter(|(from, to)| floor(from) > floor(to))
        .map(|(from, to)| format!("{from} -> {to}"))
        .collect()
}

/// The modules that reach themselves, each group once, the names sorted.
fn circles(arrows: &Arrows) -> Vec<Vec<String>> {
    let reach = |from: &String| {
        let mut seen = BTreeSet::new();
        let mut next = vec![from.clone()];
        while let Some(module) = next.pop() {
            for to in arrows.get(&module).into_iter().flatten() {
                if seen.insert(to.clone()) {
                    next.push(to.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> =
        arrows.keys().map(|from| (from, reach(from))).collect();
    let mut groups = BTreeSet::new();
    for (from, seen) in &reached {
        if seen.contains(*from) {
            let both = seen
                .iter()
                .filter(|to| reached.get(to).is_some_and(|back| back.contains(*from)));
            groups.insert(both.cloned().collect::<Vec<_>>());
        }
    }
    groups.into_iter().collect()
}

/// What a map defines besides naming what is in its folder.
fn defined_in_maps(modules: &[Module]) -> Vec<String> {
    let maps = modules.iter().filter(|module| module.is_map);
    maps.filter(|map| {
        map.file
            .items
            .iter()
            .any(|item| !matches!(item, Item::Mod(_) | Item::Use(_)))
    })
    .map(|map| map.name.join("::"))
    .collect()
}

/// The files that nobody has given a floor.
fn homeless(modules: &[Module]) -> Vec<String> {
    let last = FLOORS.len() - 1;
    let files = modules.iter().filter(|module| !module.is_map);
    files
        .map(|file| file.name.join("::"))
        .filter(|name| floor(name) == last)
        .collect()
}

/// Types that several files show to others under one name, each with those files. A function is read with its file, as
/// `frames::text`; a type is named alone.
fn doubles(modules: &[Module]) -> Vec<String> {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for module in modules {
        for item in &module.file.items {
            let (name, shown) = match item {
                Item::Struct(item) => (&item.ident, &item.vis),
                Item::Enum(item) => (&item.ident, &item.vis),
                Item::Trait(item) => (&item.ident, &item.vis),
                Item::Type(item) => (&item.ident, &item.vis),
                _ => continue,
            };
            if !matches!(shown, Visibility::Inherited) {
                let of = places.entry(name.to_string()).or_default();
                of.push(module.name.join("::"));
            }
        }
    }
    places
        .into_iter()
        .filter(|(_, of)| of.len() > 1)
        .map(|(name, mut of)| {
            of.sort();
            format!("{name}: {}", of.join(", "))
        })
        .collect()
}

fn arrows_of(modules: &[Module]) -> Arrows {
    House::of(modules).arrows(modules)
}

/// This crate's own.
fn src() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))
}

/// A made-up crate.
fn house(name: &str, files: &[(&str, &str)]) -> Vec<Module> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    modules(&folder)
}

#[test]
fn nothing_knows_what_stands_above_it() {
    let none: [String; 0] = [];
    assert_eq!(upward(&arrows_of(&modules(src()))), none);
}

#[test]
fn no_files_know_each_other_in_a_circle() {
    let none: [Vec<String>; 0] = [];
    assert_eq!(circles(&arrows_of(&modules(src()))), none);
}

#[test]
fn a_map_only_names_what_is_in_its_folder() {
    let none: [String; 0] = [];
    assert_eq!(defined_in_maps(&modules(src())), none);
}

#[test]
fn every_file_has_a_floor() {
    let none: [String; 0] = [];
    assert_eq!(homeless(&modules(src())), none);
}

#[test]
fn a_file_that_nobody_has_given_a_floor_is_found() {
    let house = house(
        "homeless",
        &[
            ("lib.rs", "pub mod broker; mod attic;"),
            ("attic.rs", ""),
            ("broker/mod.rs", "mod app; mod cellar;"),
            ("broker/app.rs", ""),
            ("broker/cellar.rs", ""),
        ],
    );
    let mut found = homeless(&house);
    found.sort();
    assert_eq!(found, ["attic", "broker::cellar"]);
}

#[test]
fn a_type_has_one_meaning() {
    let none: [String; 0] = [];
    assert_eq!(doubles(&modules(src())), none);
}

#[test]
fn an_arrow_that_points_up_is_found_however_it_is_written() {
    for (name, text) in [
        ("use", "use crate::gateway::Gateway;"),
        (
            "super",
            "use super::super::gateway::{listener::Gateway as G};",
        ),
        ("path", "fn port(of: &crate::gateway::Gateway) {}"),
        (
            "map",
            "use crate::gateway; fn port(of: &gateway::Gateway) {}",
        ),
    ] {
        let house = house(
            name,
            &[
                ("lib.rs", "pub mod broker; pub mod gateway;"),
                ("gateway/mod.rs", "mod listener; pub use listener::Gateway;"),
                ("gateway/listener.rs", "pub struct Gateway;"),
                ("broker/mod.rs", "mod app;"),
                ("broker/app.rs", text),
            ],
        );
        let found = upward(&arrows_of(&house));
        assert_eq!(found, ["broker::app -> gateway::listener"], "{text}");
    }
}

#[test]
fn a_circle_is_found_through_the_map_of_a_folder() {
    let house = house(
        "circle",
        &[
            ("lib.rs", "pub mod broker;"),
            ("broker/mod.rs", "mod rules; pub use rules::a::A;"),
            ("broker/rules/mod.rs", "pub mod a; pub mod b; pub mod c;"),
            ("broker/rules/a.rs", "pub struct A(super::b::B);"),
            (
                "broker/rules/b.rs",
                "use super::c::C; pub struct B(Box<C>);",
            ),
            (
                "broker/rules/c.rs",
                "use crate::broker::A; pub struct C(Box<A>); #[cfg(test)] mod tests { use crate::x::Y; }",
            ),
        ],
    );
    let circle = ["a", "b", "c"].map(|file| format!("broker::rules::{file}"));
    assert_eq!(circles(&arrows_of(&house)), [circle]);
}

#[test]
fn a_map_that_defines_something_is_found() {
    let house = house(
        "map-with-more",
        &[("lib.rs", "pub mod protocol; pub struct More;")],
    );
    assert_eq!(defined_in_maps(&house), [""]);
}

#[test]
fn a_type_that_two_files_mean_differently_is_found_and_one_that_is_passed_on_is_not() {
    let house = house(
        "words",
        &[
            ("lib.rs", "pub mod broker; pub mod gateway;"),
            (
                "broker/mod.rs",
                "mod fault; mod app; pub use fault::Refusal;",
            ),
            (
                "broker/fault.rs",
                "pub(super) enum Refusal {} struct Own; pub struct Fault;",
            ),
            ("broker/app.rs", "struct Own; use super::Refusal;"),
            ("gateway/mod.rs", "mod upgrade;"),
            (
                "gateway/upgrade.rs",
                "pub struct Refusal; pub fn fault() {}",
            ),
        ],
    );
    assert_eq!(
        doubles(&house),
        ["Refusal: broker::fault, gateway::upgrade"]
    );
}
