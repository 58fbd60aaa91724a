//! What the made-up shop sells, and where.

pub(super) struct Product {
    pub(super) sku: &'static str,
    pub(super) name: &'static str,
    pub(super) category: &'static str,
    pub(super) price_cents: u64,
}

const fn product(
    sku: &'static str,
    name: &'static str,
    category: &'static str,
    price_cents: u64,
) -> Product {
    Product {
        sku,
        name,
        category,
        price_cents,
    }
}

pub(super) static PRODUCTS: [Product; 20] = [
    product("FH-1001", "Trail runner", "shoes", 11_990),
    product("FH-1002", "Winter boot", "shoes", 15_950),
    product("FH-1003", "Camp sandal", "shoes", 5_490),
    product("FH-2001", "Rain jacket", "jackets", 18_900),
    product("FH-2002", "Down vest", "jackets", 12_900),
    product("FH-2003", "Wind shell", "jackets", 8_900),
    product("FH-3001", "Day pack 20 l", "packs", 7_990),
    product("FH-3002", "Trek pack 55 l", "packs", 21_900),
    product("FH-3003", "Hip bag", "packs", 2_990),
    product("FH-4001", "Two-person tent", "camping", 34_900),
    product("FH-4002", "Sleeping bag", "camping", 17_950),
    product("FH-4003", "Gas stove", "camping", 4_990),
    product("FH-4004", "Head lamp", "camping", 3_490),
    product("FH-5001", "Road bike light", "cycling", 2_790),
    product("FH-5002", "Cycling helmet", "cycling", 8_490),
    product("FH-5003", "Pannier pair", "cycling", 13_900),
    product("FH-6001", "Climbing rope 60 m", "climbing", 16_490),
    product("FH-6002", "Harness", "climbing", 6_990),
    product("FH-7001", "Wool socks", "basics", 1_690),
    product("FH-7002", "Water bottle", "basics", 1_990),
];

pub(super) const STORES: [&str; 8] = [
    "harbour",
    "market-square",
    "old-mill",
    "north-gate",
    "riverside",
    "station",
    "hilltop",
    "airport",
];

pub(super) const PAGES: [&str; 8] = [
    "Home",
    "Search",
    "Category",
    "Product",
    "Cart",
    "Checkout",
    "Help",
    "Store Locator",
];

pub(super) const SCREENS: [&str; 6] = ["Home", "Browse", "Product", "Cart", "Orders", "Account"];
