using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Storefront.Jobs.Orders;
using Storefront.Tests.Support;
using Storefront.Web.Checkout;

namespace Storefront.Tests.Security;

/// <summary>Patterns that must not be in the source, because each has been a vulnerability somewhere.</summary>
public sealed class SourceTests
{
    [Theory]
    [InlineData(@"ServerCertificateCustomValidationCallback|RemoteCertificateValidationCallback|"
        + @"DangerousAccept|ServerCertificateValidationCallback", "believes a certificate that nobody vouches for")]
    [InlineData(@"Html\.Raw|new HtmlString|MarkupString", "writes text into a page as it is")]
    [InlineData(@"FromSqlRaw\(\$|ExecuteSqlRaw\(\$|FromSqlRaw\(.*\+|ExecuteSqlRaw", "makes SQL of somebody's text")]
    [InlineData(@"AllowAutoRedirect = true|Redirect\(ReturnUrl|RedirectPermanent\(", "goes where somebody says")]
    [InlineData(@"TypeNameHandling\.(Auto|All|Objects|Arrays)|BinaryFormatter", "makes an object of whatever type somebody names")]
    [InlineData(@"EnableSensitiveDataLogging|EnableParameterLogging|Include Error Detail=true|IncludeErrorDetail = true",
        "puts people's data into the log")]
    [InlineData(@"-----BEGIN [A-Z ]*PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\bre_[A-Za-z0-9]{20,}\b|\bghp_[A-Za-z0-9]{30,}\b", "holds a secret")]
    [InlineData(@"style=""|<style|onclick=|<script>", "stands in a page where the content policy forbids it")]
    public void No_line_of_the_source_matches_a_forbidden_pattern(string pattern, string does)
    {
        var lines = from folder in new[] { "Storefront.Web", "Storefront.Jobs" }
                    from file in Directory.EnumerateFiles(Repository.File(folder), "*.*", SearchOption.AllDirectories)
                    where Path.GetExtension(file) is ".cs" or ".cshtml" or ".json" or ".js"
                        && !Regex.IsMatch(file, @"[/\\](bin|obj|node_modules)[/\\]")
                    from line in File.ReadLines(file)
                    where Regex.IsMatch(line, pattern)
                    select $"{Path.GetRelativePath(Repository.Root, file)}: {line.Trim()}";
        lines.ShouldBeEmpty($"A line {does}.");
    }

    [Fact]
    public void No_page_binds_a_form_to_an_entity()
    {
        Type[] stored = [typeof(Order), typeof(OrderLine), typeof(Storefront.Jobs.Orders.Delivery), typeof(Storefront.Web.Database.Product),
            typeof(IdentityUser)];
        var bound = from page in typeof(PriceList).Assembly.GetTypes()
                    where page.IsAssignableTo(typeof(Microsoft.AspNetCore.Mvc.RazorPages.PageModel))
                    from type in page.GetProperties().Where(property => property.IsDefined(typeof(BindPropertyAttribute), true))
                        .Select(property => property.PropertyType)
                        .Concat(page.GetMethods()
                            .Where(method => method.Name.StartsWith("On", StringComparison.Ordinal) && method.DeclaringType == page)
                            .SelectMany(method => method.GetParameters()).Select(parameter => parameter.ParameterType))
                    where stored.Contains(type)
                    select $"{page.Name} binds {type.Name}";
        bound.ShouldBeEmpty();
    }

    [Fact]
    public void No_release_build_contains_crash_points() =>
        typeof(Storefront.Jobs.Telemetry.CrashPoint).GetMethod("Reached",
            System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic).ShouldBeNull();
}
