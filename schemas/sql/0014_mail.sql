-- SPDX-License-Identifier: Apache-2.0
-- Owner: handlers/company/company_store.c. How the user wants to hear of what waits for him: each, digest, none.
ALTER TABLE app_user ADD COLUMN mails text NOT NULL DEFAULT 'each'
    CHECK (mails IN ('each', 'digest', 'none'));
