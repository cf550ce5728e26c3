#!/bin/sh
# Makes the certificates that the tests read, all of one throwaway key:
# a root, an app's certificate under it, and the ways openssl packs the two.
set -e
openssl req -x509 -newkey rsa:2048 -nodes -keyout root.key -out root.crt -days 36500 -subj "/CN=guestlist test root"
openssl req -newkey rsa:2048 -nodes -keyout app.key -out app.csr -subj "/CN=guestlist test app"
openssl x509 -req -in app.csr -CA root.crt -CAkey root.key -CAcreateserial -days 36500 -out app.crt
cat app.key app.crt root.crt > app.pem
openssl pkcs8 -topk8 -in app.key -passout pass:hunter2 | cat - app.crt root.crt > encrypted.pem
openssl pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA1 -in app.key -passout pass:hunter2 | cat - app.crt root.crt > encrypted128.pem
openssl pkcs8 -topk8 -v2 aes-192-cbc -v2prf hmacWithSHA384 -in app.key -passout pass:hunter2 | cat - app.crt root.crt > encrypted384.pem
openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA512 -in app.key -passout pass:hunter2 | cat - app.crt root.crt > encrypted512.pem
openssl pkcs8 -topk8 -scrypt -in app.key -passout pass:hunter2 | cat - app.crt root.crt > scrypt.pem
openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -in app.key -passout pass:hunter2 | cat - app.crt root.crt > encrypted1990s.pem
openssl pkcs12 -export -legacy -inkey app.key -in app.crt -certfile root.crt -passout pass:hunter2 -out app.pfx
openssl pkcs12 -export -legacy -inkey app.key -in app.crt -certfile root.crt -passout pass: -out open.pfx
openssl pkcs12 -export -inkey app.key -in app.crt -certfile root.crt -passout pass:hunter2 -out aes.pfx
openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out ec.key
openssl req -x509 -key ec.key -days 36500 -subj "/CN=guestlist test app" | cat - ec.key > ec.pem
rm -f root.* app.key app.csr app.crt ec.key
