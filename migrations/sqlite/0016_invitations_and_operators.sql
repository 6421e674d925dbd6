CREATE TABLE `audit_feed` (
	`id` integer PRIMARY KEY NOT NULL,
	`last` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `invitations` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`username` text,
	`expires_at` integer NOT NULL,
	`operator` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `invitations_expiry` ON `invitations` (`expires_at`);--> statement-breakpoint
CREATE TABLE `operator_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`key_hash` text NOT NULL,
	`name` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`last_used_on` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `operator_keys_hash` ON `operator_keys` (`key_hash`);--> statement-breakpoint
ALTER TABLE `audit_entries` ADD `position` integer;--> statement-breakpoint
CREATE INDEX `audit_entries_unplaced` ON `audit_entries` (`id`) WHERE security = 1 AND position IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `audit_entries_position` ON `audit_entries` (`position`) WHERE position IS NOT NULL;--> statement-breakpoint
ALTER TABLE `operator_entries` ADD `position` integer;--> statement-breakpoint
CREATE INDEX `operator_entries_unplaced` ON `operator_entries` (`at`,`id`) WHERE position IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `operator_entries_position` ON `operator_entries` (`position`) WHERE position IS NOT NULL;