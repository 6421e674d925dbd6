CREATE TABLE `nonce_horizon` (
	`id` integer PRIMARY KEY NOT NULL,
	`purged_up_to` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `__new_spent_nonces` (
	`nonce` blob NOT NULL,
	`expires_at` integer NOT NULL,
	PRIMARY KEY(`expires_at`, `nonce`)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `__new_spent_nonces`("nonce", "expires_at") SELECT "nonce", "expires_at" FROM `spent_nonces`;--> statement-breakpoint
DROP TABLE `spent_nonces`;--> statement-breakpoint
ALTER TABLE `__new_spent_nonces` RENAME TO `spent_nonces`;--> statement-breakpoint
ALTER TABLE `credentials` ADD `backup_known` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `credentials` ADD `last_user_agent` text;--> statement-breakpoint
ALTER TABLE `credentials` ADD `last_country` text;--> statement-breakpoint
ALTER TABLE `credentials` ADD `upgrade_after` integer;--> statement-breakpoint
ALTER TABLE `sessions` ADD `country` text;--> statement-breakpoint
ALTER TABLE `users` ADD `policy` text;