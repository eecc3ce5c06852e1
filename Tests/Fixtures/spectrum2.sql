-- The tables of Spectrum 2, db_version 3, with the prefix left open.
CREATE TABLE {prefix}buddies (id INTEGER PRIMARY KEY NOT NULL, user_id int(10) NOT NULL, uin varchar(255) NOT NULL, subscription varchar(20) NOT NULL, nickname varchar(255) NOT NULL, groups varchar(255) NOT NULL, flags int(4) NOT NULL DEFAULT '0');
CREATE UNIQUE INDEX user_id ON {prefix}buddies (user_id, uin);
CREATE TABLE {prefix}buddies_settings (user_id int(10) NOT NULL, buddy_id int(10) NOT NULL, var varchar(50) NOT NULL, type int(4) NOT NULL, value varchar(255) NOT NULL, PRIMARY KEY (buddy_id, var));
CREATE INDEX user_id02 ON {prefix}buddies_settings (user_id);
CREATE TABLE {prefix}users (id INTEGER PRIMARY KEY NOT NULL, jid varchar(255) NOT NULL, uin varchar(4095) NOT NULL, password varchar(255) NOT NULL, language varchar(25) NOT NULL, encoding varchar(50) NOT NULL DEFAULT 'utf8', last_login datetime, vip int(1) NOT NULL DEFAULT '0', online int(1) NOT NULL DEFAULT '0');
CREATE UNIQUE INDEX jid ON {prefix}users (jid);
CREATE TABLE {prefix}users_settings (user_id int(10) NOT NULL, var varchar(50) NOT NULL, type int(4) NOT NULL, value varchar(4095) NOT NULL, PRIMARY KEY (user_id, var));
CREATE INDEX user_id03 ON {prefix}users_settings (user_id);
CREATE TABLE {prefix}db_version (ver INTEGER NOT NULL DEFAULT '3');
