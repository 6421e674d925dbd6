CREATE TABLE `erasures` (
	`user_id` text PRIMARY KEY NOT NULL,
	`up_to` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `__new_audit_entries` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`kind` text NOT NULL,
	`user_id` text NOT NULL,
	`credential_id` text,
	`session_id` text,
	`evidence` text NOT NULL,
	`security` integer DEFAULT false NOT NULL
);
--> statement-breakpoint
INSERT INTO `__new_audit_entries`("id", "at", "kind", "user_id", "credential_id", "session_id", "evidence", "security") SELECT "id", "at", "kind", "user_id", "credential_id", "session_id", "evidence", "kind" IN ('account-created', 'account-disabled', 'account-enabled', 'account-imported', 'backup-eligibility-changed', 'clone-suspicion-cleared', 'passkey-added', 'passkey-deleted', 'passkey-refused', 'passkey-restored', 'passkey-revoked', 'passkey-upgraded', 'policy-assigned', 'sign-count-regressed') FROM `audit_entries`;--> statement-breakpoint
DROP TABLE `audit_entries`;--> statement-breakpoint
ALTER TABLE `__new_audit_entries` RENAME TO `audit_entries`;--> statement-breakpoint
CREATE INDEX `audit_entries_user` ON `audit_entries` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_security` ON `audit_entries` (`user_id`,`id`) WHERE security = 1;