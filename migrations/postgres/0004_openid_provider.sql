CREATE TABLE "oidc_logins" (
	"user_id" text NOT NULL,
	"lineage" text NOT NULL,
	"client_id" text NOT NULL,
	"expires_at" bigint NOT NULL,
	"due_at" bigint,
	"attempts" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "oidc_logins_user_id_lineage_client_id_pk" PRIMARY KEY("user_id","lineage","client_id")
);
--> statement-breakpoint
CREATE TABLE "oidc_records" (
	"key" text PRIMARY KEY NOT NULL,
	"model" text NOT NULL,
	"payload" text NOT NULL,
	"expires_at" bigint NOT NULL,
	"consumed_at" bigint,
	"user_id" text,
	"lineage" text,
	"outlives_session" boolean NOT NULL,
	"credential_id" text
);
--> statement-breakpoint
ALTER TABLE "credentials" ADD COLUMN "attested" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "succeeds" text;--> statement-breakpoint
ALTER TABLE "oidc_records" ADD CONSTRAINT "oidc_records_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "oidc_logins_due" ON "oidc_logins" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "oidc_logins_expiry" ON "oidc_logins" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "oidc_records_user" ON "oidc_records" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "oidc_records_expiry" ON "oidc_records" USING btree ("expires_at");