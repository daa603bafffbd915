-- Two users: one that changes tables while it migrates, one that only works with them. Put your own passwords in.
CREATE DATABASE kongchong CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE USER 'kongchong_owner'@'localhost' IDENTIFIED BY 'put-a-long-password-here';
GRANT ALL PRIVILEGES ON kongchong.* TO 'kongchong_owner'@'localhost';

CREATE USER 'kongchong'@'localhost' IDENTIFIED BY 'put-another-long-password-here';
GRANT SELECT, INSERT, UPDATE, DELETE ON kongchong.* TO 'kongchong'@'localhost';
