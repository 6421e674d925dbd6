CREATE TABLE `__new_sessions` (
	`token_hash` text PRIMARY KEY NOT NULL,
	`id` text NOT NULL,
	`user_id` text NOT NULL,
	`created_at` integer NOT NULL,
	`authenticated_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`user_verified` integer NOT NULL,
	`method` text NOT NULL,
	`credential_id` text,
	`user_agent` text,
	`country` text,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE cascade
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO `__new_sessions`("token_hash", "id", "user_id", "created_at", "authenticated_at", "expires_at", "user_verified", "method", "credential_id", "user_agent", "country") SELECT "token_hash", "id", "user_id", "created_at", "authenticated_at", "expires_at", "user_verified", "method", "credential_id", "user_agent", "country" FROM `sessions`;--> statement-breakpoint
DROP TABLE `sessions`;--> statement-breakpoint
ALTER TABLE `__new_sessions` RENAME TO `sessions`;--> statement-breakpoint
CREATE INDEX `sessions_user` ON `sessions` (`user_id`);--> statement-breakpoint
CREATE INDEX `sessions_expiry` ON `sessions` (`expires_at`);--> statement-breakpoint
DROP INDEX `audit_entries_at`;