-- SPDX-License-Identifier: Apache-2.0
-- Identity records that follow the one a card was encoded with. The newest record itself stands in person, with all that
-- is personal; here is only what tells whether its card has it.
CREATE TABLE identity (
  card INTEGER NOT NULL REFERENCES card (id) ON DELETE CASCADE,
  number INTEGER NOT NULL CHECK (number > 1),
  record_hash BLOB NOT NULL CHECK (length(record_hash) = 32),
  PRIMARY KEY (card, number)
) STRICT, WITHOUT ROWID;

-- Notices and identity records that a station's log says its card has shown to have. kind: 3 stop, 4 PIN reset,
-- 5 identity record (enum sbk_parcel_kind).
CREATE TABLE delivered (
  card INTEGER NOT NULL REFERENCES card (id) ON DELETE CASCADE,
  kind INTEGER NOT NULL CHECK (kind BETWEEN 3 AND 5),
  number INTEGER NOT NULL,
  PRIMARY KEY (card, kind, number)
) STRICT, WITHOUT ROWID;
