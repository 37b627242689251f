-- SPDX-License-Identifier: Apache-2.0
-- A card that comes back settles what is in doubt, too: its tap finds both without reading every sale.
DROP INDEX sale_open;
CREATE INDEX sale_unsettled ON sale (alias) WHERE outcome IN (1, 5);
