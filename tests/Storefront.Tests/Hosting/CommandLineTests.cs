using Storefront.Web.Hosting;
using Storefront.Web.Settings;

namespace Storefront.Tests.Hosting;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("--migrate|--ConnectionStrings:Storefront|Host=x", "Migrate", null, "--ConnectionStrings:Storefront=Host=x")]
    [InlineData("--ConnectionStrings:Storefront|Host=x|--migrate", "Migrate", null, "--ConnectionStrings:Storefront=Host=x")]
    [InlineData("--ConnectionStrings:Storefront=Host=x|--migrate", "Migrate", null, "--ConnectionStrings:Storefront=Host=x")]
    [InlineData("import|/a/b.csv|--Shop:Currency|USD", "Import", "/a/b.csv", "--Shop:Currency=USD")]
    [InlineData("--Shop:Currency|USD|import|/a/b.csv", "Import", "/a/b.csv", "--Shop:Currency=USD")]
    [InlineData("import|--Shop:Currency|USD|/a/b.csv", "Import", "/a/b.csv", "--Shop:Currency=USD")]
    [InlineData("import|/a/x=y.csv", "Import", "/a/x=y.csv", "")]
    [InlineData("import|/import", "Import", "/import", "")]
    [InlineData("--urls|http://127.0.0.1:1|/Jobs:Workers=3", "OpenShop", null, "--urls=http://127.0.0.1:1|--Jobs:Workers=3")]
    [InlineData("--Jobs:Workers|-3", "OpenShop", null, "--Jobs:Workers=-3")]
    [InlineData("--Admin:Password=|--help", "Help", null, "")]
    [InlineData("", "OpenShop", null, "")]
    public void Commands_and_settings_can_be_in_any_order(string args, string command, string? file, string settings)
    {
        var line = CommandLine.Parse(Split(args));
        line.Command.ToString().ShouldBe(command);
        line.File.ShouldBe(file);
        line.Settings.ShouldBe(Split(settings));
    }

    [Theory]
    [InlineData("exprot", "\"exprot\" is neither a command nor a setting")]
    [InlineData("import|a.csv|b.csv", "\"b.csv\" is neither")]
    [InlineData("-v", "\"-v\" is neither")]
    [InlineData("Shop:Currency=USD", "\"Shop:Currency=USD\" is neither")]
    [InlineData("import", "Name the file to import")]
    [InlineData("import|--Shop:Currency=USD", "Name the file to import")]
    [InlineData("--migrate|import|a.csv", "were both given")]
    [InlineData("import|a.csv|--migrate", "were both given")]
    [InlineData("--ConnectionStrings:Storefront|--migrate", "Setting ConnectionStrings:Storefront has no value")]
    [InlineData("--migrate|--ConnectionStrings:Storefront", "Setting ConnectionStrings:Storefront has no value")]
    public void An_unknown_argument_is_refused_with_a_sentence(string args, string sentence) =>
        Should.Throw<SettingFault>(() => CommandLine.Parse(Split(args))).Message.ShouldContain(sentence);

    [Fact]
    public void A_relative_file_name_is_resolved_in_the_working_folder_of_the_command() =>
        CommandLine.Parse(["import", "products.csv"]).File.ShouldBe(Path.Combine(Environment.CurrentDirectory, "products.csv"));

    private static string[] Split(string text) => text.Length == 0 ? [] : text.Split('|');
}
