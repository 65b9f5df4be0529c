using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Storefront.Tests.Support;

namespace Storefront.Tests.Security;

/// <summary>The shop calls the partners it was told of, and nobody they point to, nor anybody who only claims to be them.</summary>
public sealed class OutboundTests(OutboundTests.Misled shop) : IClassFixture<OutboundTests.Misled>
{
    [Fact]
    public async Task A_partner_that_points_elsewhere_is_not_followed()
    {
        var answer = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)));

        answer.StatusCode.ShouldNotBe(HttpStatusCode.Created);
        shop.Asked.ShouldBeGreaterThan(0);
        shop.Followed.ShouldBe(0);
    }

    /// <summary>Inventory answers with the way to somewhere else.</summary>
    public sealed class Misled : Shop
    {
        private WebApplication? partner;

        public int Asked { get; private set; }
        public int Followed { get; private set; }

        protected override IEnumerable<(string Key, string Value)> Settings => [("Partners:Inventory:BaseUrl", partner!.Urls.First())];

        protected override async Task BeforeOpeningAsync()
        {
            partner = Impostor.Build(certificate: null);
            partner.Run(context =>
            {
                if (context.Request.Path == "/latest/meta-data") Followed++;
                else Asked++;
                context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
                context.Response.Headers.Location = $"{partner.Urls.First()}/latest/meta-data";
                return Task.CompletedTask;
            });
            await partner.StartAsync();
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            if (partner is not null) await partner.DisposeAsync();
        }
    }
}

/// <summary>Somebody else answers at Inventory's address, with a certificate that nobody vouches for.</summary>
public sealed class ImpostorTests(ImpostorTests.Deceived shop) : IClassFixture<ImpostorTests.Deceived>
{
    [Fact]
    public async Task It_is_told_nothing_and_the_shopper_is_told_the_truth()
    {
        var answer = await shop.Http.PlaceAsync(AnOrder.Of((Goods.Mug, 1)));

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await answer.CodeAsync()).ShouldBe("inventory_unavailable");
        shop.Asked.ShouldBe(0);
    }

    public sealed class Deceived : Shop
    {
        private readonly X509Certificate2 certificate = Impostor.Certificate();
        private WebApplication? partner;

        public int Asked { get; private set; }

        protected override IEnumerable<(string Key, string Value)> Settings => [("Partners:Inventory:BaseUrl", partner!.Urls.First())];

        protected override async Task BeforeOpeningAsync()
        {
            partner = Impostor.Build(certificate);
            partner.Run(context =>
            {
                Asked++;
                return Task.CompletedTask;
            });
            await partner.StartAsync();
        }

        public override async ValueTask DisposeAsync()
        {
            await base.DisposeAsync();
            if (partner is not null) await partner.DisposeAsync();
            certificate.Dispose();
        }
    }
}

internal static class Impostor
{
    public static WebApplication Build(X509Certificate2? certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null) listen.UseHttps(certificate);
        }));
        return builder.Build();
    }

    public static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }
}
