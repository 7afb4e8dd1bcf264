// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/spanledger/spanledger/internal/ledger"
	"github.com/spanledger/spanledger/internal/ledger/ledgertest"
	"github.com/spanledger/spanledger/internal/pgtest"
)

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	a.certificate = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test's authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.pem, a.key, _ = a.sign(t, a.certificate)
	return a
}

// sign returns a certificate and its key; the authority's own signs itself.
func (a *authority) sign(t *testing.T, c *x509.Certificate) (certificate []byte, key *ecdsa.PrivateKey, keyPEM []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	signer := a.key
	if signer == nil {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.certificate, &key.PublicKey, signer)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), key,
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}

// issue returns a certificate, valid until then, for a host or a user.
func (a *authority) issue(t *testing.T, name string, until time.Time) (certificate, key []byte) {
	t.Helper()
	certificate, _, key = a.sign(t, &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: until,
	})
	return certificate, key
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().(*net.TCPAddr).Port
}

func file(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	return path
}

// TestTLS: the DSN says how the server is known, and how it knows us.
func TestTLS(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	server, serverKey := ca.issue(t, "localhost", time.Now().Add(time.Hour))
	client, clientKey := ca.issue(t, "postgres", time.Now().Add(time.Hour))
	port := freePort(t)
	cluster := startCluster(t, pgtest.Options{
		Port:  port,
		Files: map[string][]byte{"server.crt": server, "server.key": serverKey, "ca.crt": ca.pem},
		Settings: []string{
			"ssl = on",
			"ssl_cert_file = '../server.crt'",
			"ssl_key_file = '../server.key'",
			"ssl_ca_file = '../ca.crt'",
		},
		Access: []string{"hostssl postgres all 127.0.0.1/32 cert", "hostnossl postgres all 127.0.0.1/32 reject"},
	})
	known, unknown := file(t, "ca.crt", ca.pem), file(t, "other.crt", other.pem)
	asPostgres := "&sslcert=" + file(t, "client.crt", client) + "&sslkey=" + file(t, "client.key", clientKey)
	dsn := func(host, parameters string) string {
		return fmt.Sprintf("postgres://postgres:s3cret@%s:%d/postgres?%s", host, port, parameters)
	}

	t.Run("VerifyFull", func(t *testing.T) {
		calls := ledgertest.Calls(1, 100, ledgertest.Shape{})
		s := open(t, dsn("localhost", "sslmode=verify-full&sslrootcert="+known+asPostgres))
		foldAll(t, s, calls)
		ledgertest.RequireTruth(t, s, ledgertest.Truth(t, calls))
		require.Equal(t, 1, queryInt(t, s, "SELECT count(*) FROM pg_stat_ssl WHERE ssl AND pid = pg_backend_pid()"))
	})
	for name, c := range map[string]struct{ dsn, want string }{
		"UnknownAuthority": {dsn("localhost", "sslmode=verify-full&sslrootcert="+unknown+asPostgres), "of no authority that is known; check sslrootcert"},
		"AnotherHost":      {dsn("127.0.0.1", "sslmode=verify-full&sslrootcert="+known+asPostgres), "for another host; check the host of the DSN"},
		"NoClientsOwn":     {dsn("localhost", "sslmode=verify-full&sslrootcert="+known), "the server refused the user"},
		"WithoutTLS":       {dsn("localhost", "sslmode=disable"), "the server refused the user"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Open(t.Context(), Config{DSN: c.dsn, CreateSchema: true})
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "s3cret")
			require.Equal(t, ledger.Permanent, ledger.ClassOf(err), "it does not pass by itself")
		})
	}
	t.Run("ServerHasNone", func(t *testing.T) {
		runOn(t, cluster, "ALTER SYSTEM SET ssl = off", "SELECT pg_reload_conf()")
		awaitTrue(t, cluster, "SELECT NOT current_setting('ssl')::bool")
		_, err := Open(t.Context(), Config{DSN: dsn("localhost", "sslmode=verify-full&sslrootcert="+known+asPostgres)})
		require.ErrorContains(t, err, "the server has no TLS; turn it on, or check sslmode of the DSN")
		require.Equal(t, ledger.Permanent, ledger.ClassOf(err))
	})
}
