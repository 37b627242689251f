-- SPDX-License-Identifier: Apache-2.0
-- city.db, beside the city's key store: which cards were ordered, for whom, and which chips they became.
-- Dates are days since 1970-01-01, times are UTC seconds; hashes are SHA-256.

-- A batch is 'preparing' until its file is durable; such a row is finished or dropped by the next 'prepare'.
CREATE TABLE batch (
  number INTEGER PRIMARY KEY CHECK (number > 0),
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  state TEXT NOT NULL CHECK (state IN ('preparing', 'prepared')),
  made INTEGER NOT NULL,
  cards INTEGER NOT NULL CHECK (cards > 0),
  path TEXT NOT NULL,
  file_hash BLOB NOT NULL CHECK (length(file_hash) = 32),
  roll_hash BLOB NOT NULL CHECK (length(roll_hash) = 32),
  programmes_hash BLOB NOT NULL CHECK (length(programmes_hash) = 32),
  recipient BLOB NOT NULL,
  root_generation INTEGER NOT NULL,
  root_hash BLOB NOT NULL CHECK (length(root_hash) = 32),
  next_root_hash BLOB NOT NULL CHECK (length(next_root_hash) = 32)
) STRICT;

CREATE TABLE card (
  id INTEGER PRIMARY KEY,
  batch INTEGER NOT NULL REFERENCES batch (number) ON DELETE CASCADE,
  sequence INTEGER NOT NULL CHECK (sequence > 0),
  alias BLOB NOT NULL UNIQUE CHECK (length(alias) = 8),
  number BLOB NOT NULL UNIQUE CHECK (length(number) = 6),
  records_hash BLOB NOT NULL CHECK (length(records_hash) = 32),
  valid_until INTEGER NOT NULL,
  UNIQUE (batch, sequence)
) STRICT;

-- Mandates name a card by its alias only.
CREATE TABLE mandate (
  card INTEGER NOT NULL REFERENCES card (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  record BLOB NOT NULL,
  PRIMARY KEY (card, number)
) STRICT, WITHOUT ROWID;

-- Personal data, all of it, set apart from everything above so that it can be corrected, reported and erased.
CREATE TABLE person (
  card INTEGER PRIMARY KEY REFERENCES card (id) ON DELETE CASCADE,
  household TEXT NOT NULL UNIQUE CHECK (length(household) = 16),
  nik TEXT NOT NULL UNIQUE CHECK (length(nik) = 16),
  name TEXT NOT NULL,
  alternate TEXT,
  sex TEXT CHECK (sex IN ('L', 'P')),
  born TEXT,
  kelurahan BLOB NOT NULL CHECK (length(kelurahan) = 5),
  size INTEGER NOT NULL,
  identity BLOB NOT NULL
) STRICT;

-- What the bureau reported and certify took.
CREATE TABLE report (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  batch INTEGER NOT NULL REFERENCES batch (number),
  bureau TEXT NOT NULL,
  made INTEGER NOT NULL,
  taken INTEGER NOT NULL
) STRICT;

-- One signed order, one chip; one chip, one order; no key twice.
CREATE TABLE chip (
  card INTEGER PRIMARY KEY REFERENCES card (id),
  report INTEGER NOT NULL REFERENCES report (id),
  serial BLOB NOT NULL UNIQUE CHECK (length(serial) = 10),
  agreement_key BLOB NOT NULL UNIQUE CHECK (length(agreement_key) = 33),
  signing_key BLOB NOT NULL UNIQUE CHECK (length(signing_key) = 33),
  statement BLOB NOT NULL,
  certificate BLOB NOT NULL
) STRICT;

-- Chips that became waste, as reported.
CREATE TABLE spoiled (
  batch INTEGER NOT NULL REFERENCES batch (number),
  sequence INTEGER NOT NULL,
  serial BLOB CHECK (length(serial) = 10),
  reason TEXT NOT NULL,
  report INTEGER NOT NULL REFERENCES report (id),
  UNIQUE (batch, sequence, serial, reason)
) STRICT;
