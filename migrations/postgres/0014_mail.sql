CREATE TABLE "address_codes" (
	"user_id" text PRIMARY KEY NOT NULL,
	"address" text NOT NULL,
	"address_key" text NOT NULL,
	"code_hash" text NOT NULL,
	"tries_left" integer NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "recovery_addresses" (
	"user_id" text PRIMARY KEY NOT NULL,
	"address" text NOT NULL,
	"address_key" text NOT NULL,
	"verified_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "recovery_browsers" (
	"user_id" text NOT NULL,
	"browser_hash" text NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "recovery_browsers_user_id_browser_hash_pk" PRIMARY KEY("user_id","browser_hash")
);
--> statement-breakpoint
CREATE TABLE "recovery_links" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"browser_hash" text,
	"started_at" bigint,
	"opens_at" bigint,
	"veto_hash" text
);
--> statement-breakpoint
ALTER TABLE "outbox" ADD COLUMN "recipient" text;--> statement-breakpoint
ALTER TABLE "address_codes" ADD CONSTRAINT "address_codes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recovery_addresses" ADD CONSTRAINT "recovery_addresses_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recovery_browsers" ADD CONSTRAINT "recovery_browsers_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recovery_links" ADD CONSTRAINT "recovery_links_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "address_codes_expiry" ON "address_codes" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "recovery_addresses_key" ON "recovery_addresses" USING btree ("address_key");--> statement-breakpoint
CREATE INDEX "recovery_browsers_expiry" ON "recovery_browsers" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "recovery_links_user" ON "recovery_links" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "recovery_links_veto" ON "recovery_links" USING btree ("veto_hash");--> statement-breakpoint
CREATE INDEX "recovery_links_expiry" ON "recovery_links" USING btree ("expires_at");