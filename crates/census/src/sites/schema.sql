CREATE TABLE sites (
   site TEXT PRIMARY KEY, address TEXT NOT NULL, accounts INTEGER NOT NULL, posts INTEGER NOT NULL,
   first_pushed INTEGER, last_pushed INTEGER) WITHOUT ROWID;
CREATE TABLE site_checks (
   site TEXT NOT NULL, at INTEGER NOT NULL, round INTEGER NOT NULL, state TEXT NOT NULL, detail TEXT NOT NULL,
   status INTEGER, led_to TEXT, ip TEXT, hops INTEGER NOT NULL, bytes INTEGER NOT NULL, cut TEXT, took_ms INTEGER NOT NULL,
   title TEXT, software TEXT NOT NULL, node_at INTEGER, node_software TEXT, node_users INTEGER, node_active INTEGER,
   PRIMARY KEY (site, at)) WITHOUT ROWID;
