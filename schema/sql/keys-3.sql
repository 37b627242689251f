-- SPDX-License-Identifier: Apache-2.0
-- The station's X.509 certificate, whole: what is personal is encrypted to a registrar's station. Null for one that was
-- issued before, until it is renewed.
ALTER TABLE issued_terminal ADD COLUMN x509 BLOB;
