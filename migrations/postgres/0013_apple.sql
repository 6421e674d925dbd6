CREATE TABLE "apple_addresses" (
	"team" text NOT NULL,
	"sub" text NOT NULL,
	"email" text NOT NULL,
	"is_verified" boolean NOT NULL,
	"is_private" boolean NOT NULL,
	"first_seen_at" bigint NOT NULL,
	"last_seen_at" bigint NOT NULL,
	"disabled_at" bigint,
	"told_at" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "apple_addresses_team_sub_email_pk" PRIMARY KEY("team","sub","email")
);
--> statement-breakpoint
CREATE TABLE "apple_links" (
	"team" text NOT NULL,
	"sub" text NOT NULL,
	"user_id" text NOT NULL,
	"state" text NOT NULL,
	"state_changed_at" bigint NOT NULL,
	"given_name" text,
	"family_name" text,
	"created_at" bigint NOT NULL,
	"last_used_at" bigint NOT NULL,
	"told_at" bigint NOT NULL,
	"check_due_at" bigint,
	"transfer_sub" text,
	"transferred_at" bigint,
	CONSTRAINT "apple_links_team_sub_pk" PRIMARY KEY("team","sub")
);
--> statement-breakpoint
CREATE TABLE "apple_notifications" (
	"jti" text PRIMARY KEY NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "apple_tokens" (
	"id" text PRIMARY KEY NOT NULL,
	"team" text NOT NULL,
	"sub" text NOT NULL,
	"client_id" text NOT NULL,
	"sealed" text NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "apple_addresses" ADD CONSTRAINT "apple_addresses_team_sub_apple_links_team_sub_fk" FOREIGN KEY ("team","sub") REFERENCES "public"."apple_links"("team","sub") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "apple_links" ADD CONSTRAINT "apple_links_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "apple_tokens" ADD CONSTRAINT "apple_tokens_team_sub_apple_links_team_sub_fk" FOREIGN KEY ("team","sub") REFERENCES "public"."apple_links"("team","sub") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "apple_links_user" ON "apple_links" USING btree ("user_id","team");--> statement-breakpoint
CREATE UNIQUE INDEX "apple_links_transfer" ON "apple_links" USING btree ("transfer_sub");--> statement-breakpoint
CREATE INDEX "apple_links_check" ON "apple_links" USING btree ("check_due_at");--> statement-breakpoint
CREATE INDEX "apple_notifications_expiry" ON "apple_notifications" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "apple_tokens_link" ON "apple_tokens" USING btree ("team","sub","created_at");